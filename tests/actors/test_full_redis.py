"""A full Redis: no accepted request is lost, and all are completed in the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from service.actors import actor
from service.actors.workers import pool
from service.ranking.reasons import Reason
from service.store.errors import RedisFull
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.feeds import INDEX
from service.store.redis.feeds.ranked_lists import RankedLists, RankedPost
from service.store.redis.server import memory
from service.store.redis.server.memory import RedisMemory
from service.store.sql.feeds.posts import LATEST
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.running import running_service
from tests.support.waiting import eventually, wait_until

MEGABYTE = 2**20
LONG = "雨のリスボン" * 1600  # 28,800 bytes


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the actors of this process retry soon."""
    monkeypatch.setattr(actor, "BACKOFF_SECONDS", (0.01, 0.1))
    for module in (actor, pool):
        monkeypatch.setattr(module, "BLOCK_SECONDS", 0.1)


async def limit(redis: RedisConnection, room: int) -> int:
    """Set the limit of Redis to so many bytes more, or fewer, than it uses now; returns it."""
    info: bytes = await redis.one("INFO", "memory")
    [used] = [line for line in info.splitlines() if line.startswith(b"used_memory:")]
    most = int(used.partition(b":")[2]) + room
    await redis.one("CONFIG", "SET", "maxmemory", most)
    return most


async def used(redis: RedisConnection) -> int:
    info: bytes = await redis.one("INFO", "memory")
    [line] = [line for line in info.splitlines() if line.startswith(b"used_memory:")]
    return int(line.partition(b":")[2])


async def submitted(mill: Pipeline, number: int) -> list[str]:
    return [await mill.submit(f"{n} {LONG}") for n in range(number)]


async def test_requests_that_do_not_fit_into_redis_wait_in_the_database(
    tmp_path: Path, redis_url: str, redis: RedisConnection
) -> None:
    gate = Gate()
    async with running_pipeline(tmp_path, redis_url, Scripted(gate), Scripted()) as mill:
        most = await limit(redis, 3 * MEGABYTE)
        ids = await submitted(mill, 150)  # 4.3 MB
        await wait_until(lambda: mill.streams.memory.full, "the relay stops")

        async def fits() -> bool:  # a batch on its way takes up to 1 MB more for a moment
            return await used(redis) < most

        await eventually(fits, "the streams are within the limit")
        assert "redis" in await mill.services.not_ready()
        gate.open.set()
        await mill.finished(*ids)
        await mill.quiet()
        await wait_until(lambda: not mill.streams.memory.full, "there is room again")
        assert {mill.record(id_).status for id_ in ids} == {"completed"}


async def test_waiting_messages_are_removed_when_even_results_do_not_fit(
    tmp_path: Path, redis_url: str, redis: RedisConnection
) -> None:
    gate, text = Gate(), Scripted()
    text.behaviour = gate
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), "text.workers=2") as mill:
        ids = await submitted(mill, 100)
        await wait_until(lambda: text.at_work == 2, "both workers are at work")
        await mill.consumers_are("content:text", ["here.text-1", "here.text-2"])

        async def all_there() -> bool:
            return (await mill.streams.lengths())["content:text"] == 100

        await eventually(all_there, "all are on the stream")
        with capture_logs() as log:
            await limit(redis, -MEGABYTE)
            gate.open.set()
            await mill.finished(*ids)
        events = [line["event"] for line in log]
        assert "redis is full" in events
        assert "taken off the streams to make room" in events
        assert {mill.record(id_).status for id_ in ids} == {"completed"}
        assert sorted(text.prompts) == sorted(f"{n} {LONG}" for n in range(100))  # each once


async def test_feeds_are_evicted_for_messages_and_read_from_the_database(
    tmp_path: Path, redis_url: str, redis: RedisConnection
) -> None:
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        users = [f"user {n}" for n in range(30)]
        posts = [await mill.submit(LONG, user=user, publish=True) for user in users * 3]
        await mill.finished(*posts)
        await mill.quiet()
        feeds = mill.services.stores.feeds
        before = {user: (await feeds.read_posts(user, -1)).bodies for user in users}
        assert {len(bodies) for bodies in before.values()} == {3}
        assert len(await redis.one("KEYS", f"{INDEX}*")) == len(users)
        home = mill.services.stores.home_feeds
        for user in users[1:]:
            await home.follow("fan", user, 100)
        page = await home.read("fan", (-1, LATEST), 100, inactive=1000)
        assert (page.state, len(page.posts)) == ("rebuilt", 87)
        await limit(redis, MEGABYTE // 4)
        ids = await submitted(mill, 100)
        await mill.finished(*ids)
        again = await home.read("fan", (-1, LATEST), 100, inactive=1000)
        assert again.state != "stored"
        assert again.posts == page.posts
        assert {user: (await feeds.read_posts(user, -1)).bodies for user in users} == before


async def test_with_a_foreign_full_redis_requests_are_accepted_up_to_the_bound_and_done_later(
    tmp_path: Path,
) -> None:
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "text.max_queued=20",
        "limits.rate=1000",
        "limits.burst=1000",
    )
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        assert await redis.one("CONFIG", "GET", "maxmemory-policy") == [
            b"maxmemory-policy",
            b"noeviction",
        ]
        assert int((await redis.one("CONFIG", "GET", "maxmemory"))[1]) > 0
        await redis.one("SETRANGE", "foreign", MEGABYTE - 1, "x")
        most = await limit(redis, -MEGABYTE // 2)
        ids, statuses = [], []
        for number in range(30):
            prompt = {"prompt": f"prompt {number}", "tag": "text"}
            parameters = prompt | {"user-id": "ann", "publish": True}
            async with http.post("/content", json=parameters) as answer:
                statuses.append(answer.status)
                if answer.status == 202:
                    ids.append((await answer.json())["RequestId"])
                else:
                    assert int(answer.headers["Retry-After"]) >= 1
        assert statuses == [202] * 20 + [429] * 10
        async with http.post("/feed", data={"user-id": "ann"}) as answer:
            assert (answer.status, await answer.json()) == (200, [])
        async with http.get("/readyz") as answer:
            assert answer.status == 503
            assert "memory is full" in (await answer.json())["waiting_for"]["redis"]
        await redis.one("DEL", "foreign")
        await redis.one("CONFIG", "SET", "maxmemory", 8 * most)

        async def published() -> bool:
            async with http.post("/feed", data={"user-id": "ann"}) as answer:
                return {post["id"] for post in await answer.json()} == set(ids)

        await eventually(published, "all are completed and published")

        async def ready() -> bool:
            async with http.get("/readyz") as answer:
                return answer.status == 200

        await eventually(ready, "it is ready again")
        redis.close()


async def test_only_messages_that_no_consumer_has_are_removed(
    redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "STEP_ENTRIES", 3)
    await redis.one("XGROUP", "CREATE", "content:text", "text-workers", "0", "MKSTREAM")
    for _ in range(20):
        await redis.one("XADD", "content:text", "*", "m", "x" * 10_000)
    read = ("XREADGROUP", "GROUP", "text-workers", "one", "COUNT", 5, "STREAMS", "content:text")
    await redis.one(*read, ">")
    looked = memory.RedisMemory(redis, lambda: ["content:requests", "content:text"])
    # not SET, whose megabyte Redis would free from its buffers a moment later
    await redis.one("SETRANGE", "foreign", MEGABYTE - 1, "x")
    await limit(redis, -1)
    with pytest.raises(RedisFull):
        await looked.check()
    assert await redis.one("XLEN", "content:text") == 5
    assert (await redis.one("XPENDING", "content:text", "text-workers"))[0] == 5
    await redis.one("CONFIG", "SET", "maxmemory", 0)
    await looked.check()
    assert not looked.full


async def test_ranked_lists_give_way_to_work(redis: RedisConnection) -> None:
    await limit(redis, 4 * MEGABYTE)
    looked = RedisMemory(redis, list)
    lists = RankedLists(redis, is_full=lambda: looked.full, added=looked.count)
    posts = [RankedPost(n, "x" * 10_000, 1.0, Reason("recent")) for n in range(100)]
    await looked.admit(1)
    for number in range(3):
        await lists.save(f"reader {number}", "a", posts)
    await redis.one("CONFIG", "SET", "maxmemory", int(await used(redis) / 0.9))
    with pytest.raises(RedisFull):
        await looked.admit(1)  # what was saved was counted
    with pytest.raises(RedisFull):
        await lists.save("reader 3", "a", posts)
    assert await redis.one("KEYS", "feed:ranked:*") == []
    await looked.check()
    await lists.save("reader 3", "a", posts)
    assert await lists.load("reader 3", "a") == posts


async def test_nothing_is_added_above_four_fifths(redis: RedisConnection) -> None:
    check = RedisMemory(redis, list).check
    in_use = await used(redis)
    await redis.one("CONFIG", "SET", "maxmemory", int(in_use / 0.7))
    await check()
    await redis.one("CONFIG", "SET", "maxmemory", int(in_use / 0.87))
    with pytest.raises(RedisFull):
        await check()
    await redis.one("CONFIG", "SET", "maxmemory", 0)
    await check()
