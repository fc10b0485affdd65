"""Nothing is lost when Redis is flushed, dies or hangs, or when a node dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.actors import actor, relay, supervisor
from service.actors.actor import ActorContext, LostSignal
from service.actors.dispatcher import Dispatcher
from service.actors.workers import direct_calls
from service.config import WorkerBounds
from service.generators.protocol import Drawn, GenerationFailed, Job, Written
from service.messages import (
    REQUESTS,
    RESULTS,
    TEXT,
    Accepted,
    AnyMessage,
    Generated,
    ImageWanted,
    Message,
    TextWanted,
)
from service.request_ids import new_id
from service.store.errors import RedisUnavailable
from service.store.media import claims
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.feeds import index_key
from service.store.redis.streams import Streams, add, entries, read_new
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from tests.chaos.redis import Embedded
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until


@pytest.fixture
def text() -> Scripted:
    return Scripted()


@pytest.fixture
async def mill(tmp_path: Path, redis_url: str, text: Scripted) -> AsyncIterator[Pipeline]:
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        yield mill


async def die(redis: RedisConnection) -> None:
    """Crash Redis through its own commands: what it had not written is lost."""
    with contextlib.suppress(RedisUnavailable):
        await redis.one("DEBUG", "SEGFAULT")
    with contextlib.suppress(RedisUnavailable):
        await redis.one("SHUTDOWN", "NOSAVE", "FORCE")


async def test_a_flush_in_the_middle_loses_nothing(
    mill: Pipeline, text: Scripted, redis: RedisConnection
) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {n}") for n in range(50)]
    await wait_until(lambda: text.at_work == 2, "all workers are at work")
    await redis.one("FLUSHALL")
    gate.open.set()
    records = await mill.finished(*ids)
    assert {record.status for record in records} == {"completed"}
    await mill.quiet()


async def test_running_parts_are_not_sent_again_after_a_flush(
    tmp_path: Path, redis_url: str, text: Scripted, redis: RedisConnection
) -> None:
    gate = text.behaviour = Gate()
    settings = ("text.workers=4",)
    with capture_logs() as logged:
        async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
            ids = [await mill.submit(f"prompt {n}") for n in range(2)]
            await wait_until(lambda: text.at_work == 2, "two workers are at work, two are free")
            await redis.one("FLUSHALL")
            ids += [await mill.submit(f"prompt {n}") for n in range(2, 4)]
            await wait_until(lambda: text.at_work == 4, "all are at work")
            gate.open.set()
            await mill.finished(*ids)
            await mill.quiet()
    assert sorted(text.prompts) == [f"prompt {n}" for n in range(4)]
    assert not [event for event in logged if event["event"] == "put back"]


async def test_requests_are_accepted_while_redis_is_dead(
    mill: Pipeline, text: Scripted, redis: RedisConnection
) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"before {n}") for n in range(5)]
    await wait_until(lambda: text.at_work == 2, "all workers are at work")
    await die(redis)
    ids += [await mill.submit(f"during {n}") for n in range(5)]
    gate.open.set()
    records = await mill.finished(*ids)
    assert {record.status for record in records} == {"completed"}
    await mill.quiet()


async def test_a_picture_generated_twice_outlives_the_first_request_while_redis_hangs(
    tmp_path: Path, redis_url: str, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same prompt and seed twice, while retention removes the first request."""
    monkeypatch.setattr(claims, "LINGER_SECONDS", 0.0)
    data = picture()

    async def draw(_: Job) -> Drawn:
        return Drawn(data, "image/png", 48, 32, "scripted")

    image = Scripted(draw)
    async with running_pipeline(tmp_path, redis_url, Scripted(), image) as mill:
        first = await mill.submit("a fox", "image")
        await mill.finished(first)
        await mill.quiet()
        path = next(mill.media_folder.glob("??/*.png"))
        gate = asyncio.Event()

        async def draw_again(job: Job) -> Drawn:
            await gate.wait()
            return await draw(job)

        image.behaviour = draw_again
        second = await mill.submit("a fox", "image")
        await wait_until(lambda: image.at_work == 1, "it is generated again")
        await redis.one("CLIENT", "PAUSE", 1500, "ALL")
        gate.set()
        await wait_until(lambda: image.at_work == 0, "it is generated, and not handed in")
        os.utime(path, (0, 0))  # as after an hour
        retention = mill.services.stores.retention
        retention._shard = int(path.parent.name, 16) - 1  # noqa: SLF001 - sooner than its turn
        assert await retention.purge(-60.0) == 1
        await retention.sweep()
        assert path.exists()
        await redis.one("PING", timeout=HANGS_SECONDS)
        [record] = await mill.finished(second)
        assert record.parts[0].image_uri is not None
        await retention.sweep()
        assert path.read_bytes() == data


@pytest.mark.parametrize("kept", [True, False])
async def test_the_picture_of_a_direct_call_is_kept_for_a_while(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, *, kept: bool
) -> None:
    monkeypatch.setattr(claims, "LINGER_SECONDS", 5.0)  # more than the sweep takes
    if not kept:
        monkeypatch.setattr(direct_calls, "PICTURE_KEPT_SECONDS", 0.0)

    async def draw(_: Job) -> Drawn:
        return Drawn(picture(), "image/png", 48, 32, "scripted")

    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(draw)) as mill:
        outcome = await mill.services.generate["image"](ImageWanted(new_id(), "a fox", 7))
        assert isinstance(outcome, Generated)
        path = next(mill.media_folder.glob("??/*.png"))
        retention = mill.services.stores.retention
        retention._shard = int(path.parent.name, 16) - 1  # noqa: SLF001 - sooner than its turn
        await retention.sweep()
        assert path.exists() is kept


async def test_feeds_are_whole_again_after_a_flush(mill: Pipeline, redis: RedisConnection) -> None:
    ids = [await mill.submit(f"p{n}", user="ann", publish=True) for n in range(3)]
    await mill.finished(*ids)
    await mill.quiet()
    before = (await mill.services.stores.feeds.read_posts("ann", -1)).bodies
    await redis.one("FLUSHALL")
    assert (await mill.services.stores.feeds.read_posts("ann", -1)).bodies == before
    assert await redis.one("EXISTS", "feed:index:ann", "feed:posts:ann") == 2


async def test_feeds_are_whole_again_when_redis_comes_back_with_older_data(
    tmp_path: Path, mill: Pipeline
) -> None:
    server = Embedded(tmp_path)
    for n in range(3):
        await mill.finished(await mill.submit(f"p{n}", user="ann", publish=True))
        await mill.quiet()
        before = (await mill.services.stores.feeds.read_posts("ann", -1)).bodies
        if n == 0:
            await server.keep_copy(tmp_path / "older")
    await server.kill(tmp_path / "older")
    await server.pid()  # it is back
    assert len(before) == 3
    assert (await mill.services.stores.feeds.read_posts("ann", -1)).bodies == before
    assert await server.command("ZCARD", index_key("ann")) == 3


async def test_feeds_are_read_from_sqlite_while_redis_is_away(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await mill.finished(await mill.submit("p", user="ann", publish=True))
    await mill.quiet()
    before = (await mill.services.stores.feeds.read_posts("ann", -1)).bodies
    await die(redis)
    assert (await mill.services.stores.feeds.read_posts("ann", -1)).bodies == before


async def test_an_actor_waits_for_a_full_redis_with_growing_pauses_and_one_log_line(
    streams: Streams, redis: RedisConnection
) -> None:
    class Counting(Dispatcher):
        handled = 0

        async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
            self.handled += 1
            return await super().handle(batch)

    await streams.add([Accepted("1", "text", "a prompt", 7, ("text",))])
    await redis.one("CONFIG", "SET", "maxmemory", 1)
    dispatcher = Counting(ActorContext(streams, "here", LostSignal()))
    with capture_logs() as logged:
        running = asyncio.ensure_future(dispatcher.run())
        await wait_until(lambda: dispatcher.handled == 1, "it has tried")
        seen = dispatcher.seen
        await wait_until(lambda: dispatcher.handled == 5, "it has tried five times")
        assert [event["event"] for event in logged] == ["waiting"]
        assert dispatcher.seen == seen  # it has done none of its work
        await redis.one("CONFIG", "SET", "maxmemory", 0)
        await wait_until(lambda: dispatcher.seen > seen, "it is at work")
    assert (await streams.lengths())[TEXT] == 1
    await dispatcher.stop()
    await running


async def test_a_start_continues_unfinished_requests(
    tmp_path: Path, redis_url: str, text: Scripted, redis: RedisConnection
) -> None:
    text.behaviour = Gate()
    settings = ("service.drain=0",)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        ids = [await mill.submit(f"prompt {n}") for n in range(10)]
        await wait_until(lambda: text.at_work == 2, "all workers are at work")
    await redis.one("FLUSHALL")
    text.behaviour = write_at_once
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        records = await mill.finished(*ids)
        await mill.quiet()
    assert {record.status for record in records} == {"completed"}


async def test_a_start_sends_nothing_again_that_is_on_a_stream(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    text.behaviour = Gate()
    settings = ("service.drain=0",)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        ids = [await mill.submit(f"prompt {n}") for n in range(10)]
        await wait_until(lambda: text.at_work == 2, "all workers are at work")
    text.behaviour = write_at_once
    text.jobs.clear()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        await mill.finished(*ids)
        await mill.quiet()
    assert sorted(text.prompts) == sorted(f"prompt {n}" for n in range(10))


async def test_parts_of_a_dead_node_are_taken_over_within_the_lease(
    tmp_path: Path, redis_url: str, text: Scripted, redis: RedisConnection
) -> None:
    settings = ("service.lease=0.3",)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        # another node takes it and dies before it sends anything
        await redis.one("XGROUP", "CREATECONSUMER", TEXT, "text-workers", "dead.text-1")
        text.behaviour = Gate()
        held = [await mill.submit(f"held {n}") for n in range(2)]
        await wait_until(lambda: text.at_work == 2, "all workers are at work")
        lost = await mill.submit("lost")
        items = entries(await redis.one(*read_new(TEXT, "dead.text-1", count=1, block=5)))
        assert len(items) == 1
        text.behaviour.open.set()
        await mill.finished(*held, lost)
        assert text.prompts.count("lost") == 1
        await mill.quiet()


async def test_messages_of_a_dead_nodes_actors_are_taken_over(
    tmp_path: Path,
    redis_url: str,
    text: Scripted,
    streams: Streams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(actor, "TAKE_OVER_SECONDS", 0.1)
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        held = Request(new_id(), "text", "held", 7, time.time(), {})
        await mill.services.stores.requests.accept(held)
        dead = streams.connection()
        # in one transaction, or this process's dispatcher would get it
        send = add(Accepted(held.id, "text", "held", 7, ("text",)))
        read = read_new(REQUESTS, "dead.dispatcher", count=1)
        await dead.call(("MULTI",), send, read, ("EXEC",))
        dead.close()
        async with asyncio.timeout(HANGS_SECONDS):
            while mill.record(held.id).status != "completed":
                await mill.finished(await mill.submit("wakes the dispatcher"))
        await mill.quiet()


async def test_a_request_that_a_dead_node_accepted_but_did_not_relay_is_done(
    tmp_path: Path, redis_url: str, text: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in ("HEARTBEAT_SECONDS", "RECHECK_SECONDS", "YOUNG_SECONDS"):
        monkeypatch.setattr(relay, seconds, 0.05)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1.0)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), alone=False) as mill:
        await mill.finished(await mill.submit("all is well"))
        orphan = Request(new_id(), "text", "orphan", 7, time.time(), {})
        await mill.services.stores.requests.accept(orphan)
        await mill.finished(orphan.id)


async def test_a_long_generation_keeps_its_lease(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    settings = ("service.lease=0.2", "text.workers=2")
    gate = text.behaviour = Gate()
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        id_ = await mill.submit("long")
        other = RedisConnection(redis_url)
        seen = 0
        async with asyncio.timeout(HANGS_SECONDS):
            while seen < 5:  # ten times the lease is five renewals and more
                seen += bool(await idle_again(other))
        other.close()
        gate.open.set()
        await mill.finished(id_)
        assert text.prompts == ["long"]


async def idle_again(redis: RedisConnection) -> bool:
    """Wait until the pending entry's idle time falls: its lease was renewed."""
    last = -1
    while True:
        rows = await redis.one("XPENDING", TEXT, "text-workers", "-", "+", 10)
        if rows and rows[0][2] < last:
            return True
        last = rows[0][2] if rows else -1


async def test_a_pool_grows_and_shrinks_while_it_works(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    pool = mill.pool("text")
    ids = [await mill.submit(f"prompt {n}") for n in range(30)]
    await wait_until(lambda: text.at_work == 2, "both workers are at work")
    pool.resize(WorkerBounds(6))
    await wait_until(lambda: text.at_work == 6, "six workers are at work")
    pool.resize(WorkerBounds(1))
    gate.open.set()
    await mill.finished(*ids)
    await mill.quiet()
    assert sorted(text.prompts) == sorted(f"prompt {n}" for n in range(30))
    await mill.consumers_are(TEXT, ["here.text-1"])


async def test_a_pool_that_was_shrunk_uses_fewer_workers(mill: Pipeline, text: Scripted) -> None:
    mill.pool("text").resize(WorkerBounds(1))
    await mill.consumers_are(TEXT, ["here.text-1"])
    text.most_at_work = 0
    ids = [await mill.submit(f"prompt {n}") for n in range(20)]
    await mill.finished(*ids)
    assert text.most_at_work == 1


async def test_a_smaller_pool_after_a_restart_finishes_all_pending_parts(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    text.behaviour = Gate()
    settings = ("service.drain=0", "text.workers=4")
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        ids = [await mill.submit(f"prompt {n}") for n in range(4)]
        await wait_until(lambda: text.at_work == 4, "all workers are at work")
    text.behaviour = write_at_once
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), "text.workers=1") as mill:
        await mill.finished(*ids)
        await mill.consumers_are(TEXT, ["here.text-1"])


async def test_a_stop_finishes_running_parts_and_leaves_the_rest(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        ids = [await mill.submit(f"prompt {n}") for n in range(5)]
        await wait_until(lambda: text.at_work == 2, "all workers are at work")
        asyncio.get_running_loop().call_later(0.05, gate.open.set)
    assert len(text.jobs) == 2
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        await mill.finished(*ids)
    assert sorted(text.prompts) == [f"prompt {n}" for n in range(5)]


async def test_a_stop_waits_until_the_last_results_are_stored(
    tmp_path: Path,
    redis_url: str,
    redis: RedisConnection,
    text: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle, held = Requests.settle, asyncio.Event()

    async def settle_later(*arguments: Any) -> Any:
        await held.wait()
        return await settle(*arguments)

    async def results() -> int:
        return int(await redis.one("XLEN", RESULTS))

    async def all_results() -> bool:  # the stream may also have messages about slow starts
        on_stream = [message async for message in mill.streams.messages((RESULTS,))]
        return sum(isinstance(message, Generated) for message in on_stream) == 3

    async def let_go() -> None:
        gate.open.set()
        try:
            await eventually(all_results, "the results wait on the stream")
        finally:
            held.set()

    monkeypatch.setattr(Requests, "settle", settle_later)
    monkeypatch.setattr(supervisor, "SETTLE_SECONDS", HANGS_SECONDS)
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), "text.workers=2") as mill:
        await mill.submit("first")
        await eventually(results, "its result waits for the collector")
        gate = text.behaviour = Gate()
        for prompt in ("second", "third"):
            await mill.submit(prompt)
        await wait_until(lambda: text.at_work == 2, "the others are at work")
        going = asyncio.create_task(let_go())
    await going
    assert await results() == 0


async def test_retries_survive_a_restart(tmp_path: Path, redis_url: str, text: Scripted) -> None:
    async def fail(_: Job) -> Written:
        raise GenerationFailed("busy", retryable=True, retry_after=0.4)

    text.behaviour = fail
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        id_ = await mill.submit("again")
        await wait_until(
            lambda: any(part.attempts == 1 for part in mill.record(id_).parts), "it failed once"
        )
    text.behaviour = write_at_once
    async with running_pipeline(tmp_path, redis_url, text, Scripted()) as mill:
        [record] = await mill.finished(id_)
    assert (record.status, record.parts[0].attempts) == ("completed", 2)


async def test_a_direct_call_works_while_redis_is_dead(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await die(redis)
    outcome = await mill.services.generate["text"](TextWanted("x", "a call", 1))
    assert getattr(outcome, "text", None) == "about a call"


async def test_two_processes_share_the_work_without_duplicates(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    other = Scripted()

    async def slowly(job: Job) -> Written:
        await asyncio.sleep(0)
        return await write_at_once(job)

    text.behaviour = other.behaviour = slowly
    async with (
        running_pipeline(tmp_path, redis_url, text, Scripted(), node="a", alone=False) as first,
        running_pipeline(tmp_path, redis_url, other, Scripted(), node="b", alone=False) as two,
    ):
        ids = [await (first, two)[n % 2].submit(f"prompt {n}") for n in range(200)]
        await first.finished(*ids)
        await first.quiet()
        assert sorted(text.prompts + other.prompts) == sorted(f"prompt {n}" for n in range(200))
        assert text.prompts
        assert other.prompts
        assert len(await first.database.all("SELECT id FROM requests")) == 200


async def test_a_rolling_restart_hands_the_work_over(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    new = Scripted()
    gate = text.behaviour = Gate()
    ids: list[str] = []
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), node="a", alone=False
    ) as old:
        ids += [await old.submit(f"prompt {n}") for n in range(20)]
        await wait_until(lambda: text.at_work == 2, "the old process is at work")
        async with running_pipeline(
            tmp_path, redis_url, new, Scripted(), node="b", alone=False
        ) as two:
            await wait_until(lambda: len(new.jobs) == 18, "the new process does the rest")
            gate.open.set()
            await two.finished(*ids)
    assert sorted(text.prompts + new.prompts) == sorted(f"prompt {n}" for n in range(20))
