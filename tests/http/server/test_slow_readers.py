"""Event streams that cannot continue because their clients do not read: others are not affected."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.generators.protocol import Job, Say, Written
from service.http.app import application
from service.http.server import connections, server
from service.http.server.server import Server, bind
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import Events
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.slow_clients import Client, Watched
from tests.support.streaming import StreamedEvent, follow, followed
from tests.support.waiting import HANGS_SECONDS, wait_until

PIECE = 100_000 * "x"  # of a text
MANY = 8  # such pieces are more than may wait on the way to a client
WAYS = pytest.mark.parametrize("way", ["events", "ws"])
UPGRADE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec_websocket_version": "13",
    "sec_websocket_key": base64.b64encode(bytes(16)).decode(),
}


class Talker(Scripted):
    """Says what a test gives it to say, until that is nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: asyncio.Queue[str] = asyncio.Queue()

    async def generate(self, _job: Job, say: Say) -> Written:
        text = ""
        while piece := await self.pieces.get():
            say(piece)
            text += piece
        return Written(text, "talker")


@dataclass
class World:
    """A service, and a request whose text a test tells."""

    url: str
    http: ClientSession
    talker: Talker
    id: str

    async def listener(self, way: str, ahead: int = 0) -> tuple[Client, str]:
        """A client that has read until the text began; the id of the last event that it knows."""
        client = Client(self.url, ahead)
        await client.ask(f"/content/{self.id}/{way}?after=0", **(UPGRADE if way == "ws" else {}))
        self.talker.pieces.put_nowait("Once")
        read = b""
        while b'"Once"}' not in read:
            read += await client.read(100)
        return client, re.findall(rb'id"?: ?"?(\d+)', read)[-1].decode()

    async def tell(self) -> list[StreamedEvent]:
        """Tell the whole text, each piece when the one before was heard; what was heard."""
        events, left = [], MANY
        async for event in follow(self.http, f"/content/{self.id}/events?after=0"):
            events.append(event)
            if event.name == "text.delta":
                self.talker.pieces.put_nowait(PIECE if left else "")
                left -= 1
        return events

    async def resumes(self, last: str, events: list[StreamedEvent]) -> None:
        """Fails unless a client with this last event gets all later ones."""
        rest = await followed(self.http, f"/content/{self.id}/events", last=last)
        assert rest
        assert rest == events[-len(rest) :]
        assert events[-len(rest) - 1].id == last


@pytest.fixture
async def world(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(server, "Connection", Watched)
    monkeypatch.setattr(Watched, "transports", {}, raising=False)
    talker = Talker()
    async with running_pipeline(tmp_path, redis_url, talker, Scripted()) as pipeline:
        id_ = await pipeline.submit("a long story")
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            url = await serving.start(address)
            async with ClientSession(url, read_bufsize=2**22) as http:
                yield World(url, http, talker, id_)
            await serving.stop(0)
        talker.pieces.put_nowait("")


@WAYS
async def test_a_client_that_does_not_read_delays_no_other_and_costs_little_memory(
    world: World, way: str
) -> None:
    slow, _ = await world.listener(way)
    with closing(slow):
        events = await world.tell()
        assert len([event for event in events if event.data.get("text") == PIECE]) == MANY
        assert events[-1].name == "completed"
        ids = [int(event.id) for event in events]
        assert ids == sorted(set(ids))
        assert not slow.is_cut_off()
        assert 0 < Watched.transports[slow.address].get_write_buffer_size() < 4 * len(PIECE)


@WAYS
async def test_a_client_that_does_not_read_is_cut_off_and_can_resume(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PIECE_SECONDS", 0.3)
    slow, last = await world.listener(way)
    with closing(slow):
        events = await world.tell()
        await wait_until(slow.is_cut_off, "the connection is reset")
    await world.resumes(last, events)


@WAYS
async def test_a_client_that_reads_single_bytes_is_cut_off(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PIECE_SECONDS", 0.3)
    slow, _ = await world.listener(way)
    with closing(slow):
        await world.tell()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(slow.dawdle(1, 0.001), HANGS_SECONDS)


@WAYS
async def test_a_client_that_reads_late_gets_everything(world: World, way: str) -> None:
    late, _ = await world.listener(way, ahead=2**16)
    with closing(late):
        await world.tell()  # its end comes while the client does not read
        read = b""
        while b'"completed_at"' not in read[-200:]:
            piece = await late.read(2**16)
            assert piece, "the connection was closed before the end"
            read += piece
        assert read.count(b"x") >= 2 * MANY * len(PIECE)


async def test_a_client_that_reads_slowly_but_steadily_gets_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PIECE_SECONDS", 1.0)
    first, _ = await world.listener("events")
    first.close()
    await world.tell()
    with closing(Client(world.url, 2**16)) as client:
        await client.ask(f"/content/{world.id}/events?after=0")
        count = await client.dawdle(5000, 0.01)  # a piece of the log is read in time, not all of it
    assert count > 2 * MANY * len(PIECE)


@WAYS
async def test_a_stream_is_cut_off_and_not_ended_while_the_database_is_away(
    world: World, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("It cannot be read.")

    client, last = await world.listener(way)
    with closing(client), monkeypatch.context() as patch:
        patch.setattr(Events, "log", away)
        world.talker.pieces.put_nowait("upon a time")
        await wait_until(client.is_cut_off, "the connection is reset")
    await world.resumes(last, await world.tell())


async def test_the_unread_answers_of_one_connection_are_limited(world: World) -> None:
    """A client asks one thing after the other, and reads nothing of what it gets."""
    for number in range(100):
        submission = {"prompt": f"{number} {200 * 'x'}", "tag": "text"}
        async with world.http.post("/content", json=submission) as answer:
            assert answer.status == 202
    count = 300
    with closing(Client(world.url, 0)) as client:
        for _ in range(count):
            await client.ask("/content?limit=100", connection="keep-alive")
        for _ in range(count):  # who is asked as often by another one has had the time for these
            async with world.http.get("/content?limit=100") as answer:
                size = len(await answer.read())
        assert 40_000 < size < 2**16  # aiohttp waits for larger ones
        assert 0 < Watched.transports[client.address].get_write_buffer_size() < 10 * size
    for _ in range(100):
        world.talker.pieces.put_nowait("")


async def test_the_link_to_the_next_page_has_only_known_parameters(world: World) -> None:
    with closing(Client(world.url, 2**16)) as client:
        await client.ask("/content?limit=1#fr>ag")
        head = (await client.read(2**16)).partition(b"\r\n\r\n")[0].decode()
    [link] = re.findall(r"^Link: (.*)$", head.replace("\r", ""), re.MULTILINE)
    assert link == f'</content?limit=1&cursor={world.id}>; rel="next"'
