"""The priority of a request that waits is changed, as far as the key may go, and lasts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.messages import Priority
from service.store.redis.connection import RedisConnection
from service.store.sql.keys.api_keys import Rights, Scope
from service.stream_groups import pool_streams
from tests.http.feeds.test_home_feed import SIMULATED, call
from tests.support import api_keys
from tests.support.running import Running, running_service, spawn
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

Key = dict[str, str]


class Mill:
    """A service with keys and one worker for texts; `begun` are the prompts in this order."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.record = folder / "begun"
        record = f"text.simulated.record={self.record}"
        self.settings = (*SIMULATED, "text.workers=1", "image.workers=1", record, *settings)
        database = folder / "data" / "feedmill.db"
        self.keys: dict[str, Key] = {}
        highest: dict[str, Priority] = {"ann": "high", "bob": "normal", "root": "high"}
        for name, priority in highest.items():
            scopes: list[Scope] = ["admin" if name == "root" else "content"]
            key = api_keys.create(database, name, scopes, Rights(priority=priority))
            self.keys[name] = {"Authorization": f"Bearer {key}"}
        self.http: ClientSession

    async def call(
        self, who: str, method: str, path: str, status: int = 200, **given: Any
    ) -> dict[str, Any]:
        return await call(self.http, method, path, status, headers=self.keys[who], **given)

    async def submit(self, who: str, *prompts: str, **more: Any) -> list[str]:
        given = {"tag": "text"} | more
        return [
            (await self.call(who, "POST", "/content", 202, prompt=prompt, **given))["RequestId"]
            for prompt in prompts
        ]

    async def set(self, who: str, id_: str, priority: str, status: int = 200) -> dict[str, Any]:
        return await self.call(who, "PATCH", f"/content/{id_}", status, priority=priority)

    async def pause(self, *, paused: bool = True) -> None:
        await self.call("root", "POST", f"/pools/text/{'pause' if paused else 'resume'}")

    async def waiting(self) -> list[str]:
        """The ids of what is next, as the engine room shows it."""
        queue = await self.call("root", "GET", "/pools/text/queue", limit=50)
        return [entry["id"] for entry in queue["next"]]

    async def begun(self, *ids: str) -> list[str]:
        """The prompts as they were begun, once all of these are final."""
        for id_ in ids:
            record = await self.call("root", "GET", f"/content/{id_}", wait=60)
            assert record["status"] == "completed"
        return [json.loads(line)[-1] for line in self.record.read_text().splitlines()]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_mill(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mill]:
    folder = tmp_path_factory.mktemp("priorities")
    mill = Mill(folder)
    async with (
        running_service(folder, *mill.settings) as service,
        ClientSession(service.url) as mill.http,
    ):
        yield mill


@pytest_asyncio.fixture(loop_scope="session")
async def mill(shared_mill: Mill) -> AsyncIterator[Mill]:
    """Its texts are paused, and nothing waits."""
    shared_mill.record.write_text("")
    await shared_mill.pause()
    yield shared_mill
    await shared_mill.pause(paused=False)


async def test_a_request_moves_among_those_of_its_client(mill: Mill) -> None:
    ids = await mill.submit("ann", "a0", "a1", "a2", "a3")
    high = await mill.submit("ann", "h", priority="high")
    record = await mill.set("ann", ids[3], "high")
    assert (record["priority"], record["position"], record["status"]) == ("high", 0, "queued")
    record = await mill.set("ann", ids[0], "low")
    assert (record["priority"], record["position"]) == ("low", 4)
    assert (await mill.call("ann", "GET", f"/content/{high[0]}"))["position"] == 1
    assert await mill.waiting() == [ids[3], high[0], ids[1], ids[2], ids[0]]
    await mill.pause(paused=False)
    assert await mill.begun(*ids, *high) == ["a3", "h", "a1", "a2", "a0"]


async def test_only_as_far_as_the_key_may_go(mill: Mill) -> None:
    [mine] = await mill.submit("bob", "mine")
    [other] = await mill.submit("ann", "other")
    for priority, status in (("high", 403), ("urgent", 400), (3, 400)):
        await mill.set("bob", mine, priority, status)  # type: ignore[arg-type] # that is the point
    await mill.call("bob", "PATCH", f"/content/{mine}", 403, priority="high", note="Both?")
    assert (await mill.set("bob", other, "low", 404))["status"] == 404
    record = await mill.call("bob", "GET", f"/content/{mine}")
    assert (record["priority"], record["note"]) == ("normal", None)
    assert (await mill.set("bob", mine, "low"))["priority"] == "low"
    both = await mill.call("root", "PATCH", f"/content/{mine}", priority="high", note="By root.")
    assert (both["priority"], both["note"]) == ("high", "By root.")
    assert await mill.waiting() == [mine, other]


async def test_what_does_not_wait_any_more_is_a_conflict(mill: Mill) -> None:
    done, cancelled = await mill.submit("ann", "done", "cancelled")
    await mill.call("ann", "DELETE", f"/content/{cancelled}", 202)
    await mill.set("ann", cancelled, "high", 409)
    await mill.pause(paused=False)
    await mill.begun(done)
    await mill.call("ann", "PATCH", f"/content/{done}", 409, priority="low", note="Late.")
    record = await mill.call("ann", "GET", f"/content/{done}")
    assert (record["priority"], record["note"]) == ("normal", None)
    await mill.set("ann", "0" * 45, "low", 404)


async def test_a_picture_that_waits_is_moved_while_the_text_is_done(mill: Mill) -> None:
    await mill.pause(paused=False)
    await mill.call("root", "POST", "/pools/image/pause")
    try:
        first, second = await mill.submit("ann", "one", "two", tag="instagram")

        async def texts_are_done() -> bool:
            record = await mill.call("ann", "GET", f"/content/{second}")
            return bool(record["parts"]["text"]["status"] == "completed")

        await eventually(texts_are_done, "the texts are done")
        assert (await mill.set("ann", second, "high"))["status"] == "generating"
        queue = await mill.call("root", "GET", "/pools/image/queue")
        assert [entry["id"] for entry in queue["next"]] == [second, first]
    finally:
        await mill.call("root", "POST", "/pools/image/resume")
    ends = [
        (await mill.call("ann", "GET", f"/content/{id_}", wait=60))["completed_at"]
        for id_ in (second, first)
    ]
    assert ends == sorted(ends)


async def test_an_open_stream_shows_the_new_position(mill: Mill) -> None:
    ids = await mill.submit("bob", "b0", "b1", "b2")
    path = f"/content/{ids[0]}/events"
    places, last = [], None
    async with mill.http.get(path, headers=mill.keys["bob"]) as answer:
        async for line in answer.content:
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                assert last is None or int(value) >= int(last), "an id never falls"
                last = value
            place = json.loads(value)["position"] if name == "data" else None
            if place is not None:
                places.append(place)
                if places == [0]:
                    await mill.set("bob", ids[0], "low")
                elif places[-1] == 2:
                    await mill.set("bob", ids[0], "normal")
                elif len(places) > 1:
                    break
    assert places == [0, 2, 0]


@pytest.mark.parametrize("fault", ["kill", "flush"])
async def test_the_change_outlives(
    tmp_path: Path, redis_url: str, redis: RedisConnection, fault: str
) -> None:
    mill = Mill(tmp_path, f"redis.url={redis_url}")
    async with AsyncExitStack() as stack:

        async def start() -> Running:
            service = await spawn(tmp_path, *mill.settings)
            stack.push_async_callback(service.end_well)
            url = (await service.logged("ready"))["url"]
            mill.http = await stack.enter_async_context(ClientSession(url))
            return service

        async def all_wait() -> bool:
            lengths = [await redis.one("XLEN", stream) for stream in pool_streams("text")]
            return len(expected) == sum(map(int, lengths))

        service = await start()
        await mill.pause()
        ids = await mill.submit("ann", *[f"a{n}" for n in range(6)])
        others = await mill.submit("bob", "b0", "b1", "b2")
        await mill.set("ann", ids[4], "high")
        await mill.set("ann", ids[2], "high")
        await mill.set("ann", ids[0], "low")
        await mill.set("bob", others[0], "low")
        expected = await mill.waiting()
        assert expected[:2] == [ids[2], ids[4]]
        if fault == "kill":
            await service.kill()
            service = await start()
        else:
            await redis.one("FLUSHALL")
            await eventually(all_wait, "all are on the streams again")
        assert await mill.waiting() == expected
        await mill.pause(paused=False)
        begun = await mill.begun(*ids, *others)
        assert begun[:2] == ["a2", "a4"]
        for who, order in (("a", "241350"), ("b", "120")):
            assert [prompt for prompt in begun if prompt[0] == who] == [who + n for n in order]
