"""Large answers that their clients do not read: they cost a piece each, for so many seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.generators.protocol import Job, Written
from service.http.app import application
from service.http.server import connections, server
from service.http.server.server import Server, bind
from tests.support.pipelines import Scripted, running_pipeline
from tests.support.raw_http import request
from tests.support.running import Running
from tests.support.slow_clients import Client, Watched
from tests.support.waiting import HANGS_SECONDS, wait_until

SIZE = 3_000_000  # bytes of an answer: more than the system takes for a client that does not read
PIECE = 2**16
BUDGET = 4 * SIZE  # bytes of all that are under way
KINDS = pytest.mark.parametrize("kind", ["record", "feed", "picture"])


@dataclass
class World:
    """A service in this process with large things to ask for."""

    url: str
    paths: dict[str, str]


async def write_much(_job: Job) -> Written:
    return Written("x" * SIZE, "scripted")


@pytest.fixture
async def world(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(server, "Connection", Watched)
    monkeypatch.setattr(Watched, "transports", {}, raising=False)
    settings = (f"http.max_outgoing={BUDGET}",)
    async with running_pipeline(
        tmp_path, redis_url, Scripted(write_much), Scripted(), *settings
    ) as pipeline:
        id_ = await pipeline.submit("a long story", user="ann", publish=True)
        await pipeline.finished(id_)
        await pipeline.quiet()
        media = pipeline.services.stores.media
        paths = {
            "record": f"/content/{id_}",
            "feed": "/feed?user-id=ann",
            "picture": await media.save(b"p" * SIZE, "image/png", "a large picture"),
        }
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            yield World(await serving.start(address), paths)
            await serving.stop(0)


async def asks(client: Client, world: World, kind: str) -> None:
    """Ask, and read the first byte of the answer."""
    method = "POST" if kind == "feed" else "GET"
    await client.send(request(world.paths[kind], method=method, connection="keep-alive"))
    assert await client.read(1)


@KINDS
async def test_a_piece_is_written_when_the_one_before_was_read(world: World, kind: str) -> None:
    with closing(Client(world.url, 0)) as client:
        await asks(client, world, kind)
        transport = Watched.transports[client.address]
        await wait_until(lambda: transport.get_write_buffer_size() > 0, "it does not get through")
        assert transport.get_write_buffer_size() <= 3 * PIECE


@KINDS
async def test_a_client_that_leaves_a_piece_unread_is_cut_off(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PIECE_SECONDS", 0.3)
    with closing(Client(world.url, 0)) as idle, closing(Client(world.url, 0)) as slow:
        await asks(idle, world, kind)
        await asks(slow, world, kind)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(slow.dawdle(1, 0.001), HANGS_SECONDS)
        await wait_until(idle.is_cut_off, "the connection is reset")


@KINDS
async def test_a_client_that_reads_slowly_but_steadily_gets_everything(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PIECE_SECONDS", 3.0)
    with closing(Client(world.url, 2**16)) as client:
        await asks(client, world, kind)
        count = 0
        while count < SIZE:  # in more time than a piece has, in all
            piece = await client.read(10_000)
            assert piece, "the connection was closed before the end"
            count += len(piece)
            await asyncio.sleep(0.012)  # how slowly this client reads


async def test_answers_have_a_budget_and_the_slowest_clients_are_cut_off(world: World) -> None:
    clients = [Client(world.url, 0) for _ in range(12)]
    try:
        for client in clients:
            await asks(client, world, "record")
        # those that wait for longest have gone: as many as do not fit
        for client in clients[:8]:
            await wait_until(client.is_cut_off, "the connection is reset")
        assert not clients[-1].is_cut_off()
        async with (
            ClientSession(world.url, read_bufsize=2**22) as http,
            http.get(world.paths["record"]) as answer,
        ):
            assert len((await answer.json())["text"]) == SIZE
    finally:
        for client in clients:
            client.close()


async def test_an_answer_beyond_the_budget_is_sent_when_it_is_read(
    tmp_path: Path, redis_url: str
) -> None:
    settings = ("http.max_outgoing=65536",)
    async with running_pipeline(
        tmp_path, redis_url, Scripted(write_much), Scripted(), *settings
    ) as pipeline:
        id_ = await pipeline.submit("a long story")
        await pipeline.finished(id_)
        serving = Server(application(pipeline.services))
        with bind("127.0.0.1", 0) as address:
            async with (
                ClientSession(await serving.start(address), read_bufsize=2**22) as http,
                http.get(f"/content/{id_}") as answer,
            ):
                assert len((await answer.json())["text"]) == SIZE
            await serving.stop(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_prompts_are_shortened_in_lists(service: Running, http: ClientSession) -> None:
    assert service.url
    for prompt, listed in (
        ("x" * 200, "x" * 200),
        ("木" * 201, "木" * 199 + "…"),
        ("🦊" * 10_000, "🦊" * 199 + "…"),
    ):
        submission = {"prompt": prompt, "tag": "text"}
        async with http.post("/content", json=submission) as answer:
            id_ = (await answer.json())["RequestId"]
        async with http.get("/content?limit=100") as answer:
            prompts = {item["id"]: item["prompt"] for item in (await answer.json())["requests"]}
        assert prompts[id_] == listed
        async with http.get(f"/content/{id_}") as answer:
            assert (await answer.json())["prompt"] == prompt
