"""Streams: messages move on atomically, and no consumer is deleted with pending work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.messages import (
    NOTICES,
    REQUESTS,
    RESULTS,
    TEXT,
    Accepted,
    Finished,
    Generated,
    Origin,
    Priority,
    TextWanted,
    stream_of,
)
from service.store.errors import RedisUnavailable
from service.store.redis import streams as module
from service.store.redis.claims import TakeOver
from service.store.redis.connection import RedisConnection
from service.store.redis.fair import fair_queue
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import (
    Delivery,
    Read,
    Streams,
    Unreadable,
    add,
    entries,
    keep_lease,
    move_on,
    read_new,
    read_pending,
    wait_for,
)
from service.stream_groups import GROUPS
from tests.support.moved_clock import FAKETIME, MovedClock
from tests.support.waiting import eventually

GROUP = GROUPS[TEXT]
URGENT, LATER = stream_of(TEXT, "high"), stream_of(TEXT, "low")


def wanted(number: int, priority: Priority = "normal") -> TextWanted:
    return TextWanted(f"r{number}", "p", 7, priority=priority)


def result(number: int) -> Generated:
    return Generated(f"r{number}", "text", 1, Origin("g", "w", 1.0, 0.5), "t")


def ids(reads: list[Read]) -> list[str]:
    return [read.message.id for read in reads if isinstance(read, Delivery)]


async def deliver(redis: RedisConnection, consumer: str, count: int = 1000) -> list[Read]:
    """Have a consumer read messages not delivered to any consumer yet."""
    return entries(await redis.one(*read_new(TEXT, consumer, count=count)))


async def take(
    redis: RedisConnection, streams: list[str], names: list[str], each: int
) -> list[Read]:
    """Have workers take messages, as a pool does."""
    await redis.call(*fair_queue.LOAD)
    command = fair_queue.take(streams, names, each, fair_queue.TakeRules(0.0, 1.0))
    return fair_queue.taken(streams, await redis.one(*command)).items


async def consumers(redis: RedisConnection) -> dict[str, int]:
    """The consumers of the text workers' group, with the number of their pending entries."""
    rows = await redis.one("XINFO", "CONSUMERS", TEXT, GROUP)
    counts: dict[str, int] = {}
    for row in rows:
        info: dict[bytes, Any] = dict(zip(row[::2], row[1::2], strict=True))
        counts[info[b"name"].decode()] = info[b"pending"]
    return counts


async def test_every_stream_has_its_group(redis: RedisConnection, redis_url: str) -> None:
    streams = Streams(redis_url)
    assert await streams.ensure_groups()
    assert not await streams.ensure_groups()
    await redis.one("DEL", TEXT)
    assert await streams.ensure_groups()
    await streams.aclose()


async def test_a_group_made_late_starts_at_the_beginning(
    redis: RedisConnection, redis_url: str
) -> None:
    await redis.one(*add(wanted(1)))
    streams = Streams(redis_url)
    await streams.ensure_groups()
    assert ids(await deliver(redis, "here.text-1")) == ["r1"]
    await streams.aclose()


async def test_acknowledging_and_sending_is_all_or_nothing(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1), wanted(2)])
    done = await deliver(redis, "here.text-1")
    await redis.one("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(RedisUnavailable, match="OOM"):  # no room for the result
        await redis.call(*move_on(done, [result(1)]))
    await redis.one("CONFIG", "SET", "maxmemory", 0)
    assert await consumers(redis) == {"here.text-1": 2}
    assert await streams.lengths() == {**dict.fromkeys(GROUPS, 0), TEXT: 2}
    await redis.call(*move_on(done, [result(1), result(2)]))
    assert await consumers(redis) == {"here.text-1": 0}
    assert await streams.lengths() == {**dict.fromkeys(GROUPS, 0), RESULTS: 2}


async def test_acknowledging_and_sending_is_one_transaction() -> None:
    done = [Unreadable(stream, entry, "") for stream in (TEXT, URGENT) for entry in (b"1", b"2")]
    commands = move_on(done, [result(1), Finished("r2")])
    assert [command[:2] for command in commands] == [
        ("MULTI",),
        ("XADD", RESULTS),
        ("XADD", NOTICES),
        ("XACK", TEXT),
        ("XDEL", TEXT),
        ("XACK", URGENT),
        ("XDEL", URGENT),
        ("EXEC",),
    ]


async def test_a_consumer_can_take_several_messages(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1), wanted(2, "high"), wanted(3, "high"), wanted(4), wanted(5)])
    delivered = await take(redis, [URGENT, TEXT], ["here.text-1", "here.text-2"], 2)
    assert ids(delivered) == ["r2", "r3", "r1", "r4"]


async def test_urgent_messages_are_delivered_first(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1), wanted(2, "low"), wanted(3, "high"), wanted(4)])
    names = [f"here.text-{number}" for number in range(1, 6)]
    delivered = await take(redis, [URGENT, TEXT, LATER], names, 1)
    assert ids(delivered) == ["r3", "r1", "r4", "r2"]
    pending = {name: count for name, count in (await consumers(redis)).items() if count}
    assert pending == {"here.text-2": 1, "here.text-3": 1}
    await redis.call(*move_on(delivered, ()))
    assert not any((await streams.lengths()).values())


async def test_one_read_waits_for_all_priorities(streams: Streams, redis: RedisConnection) -> None:
    await streams.add([wanted(1, "low")])
    read = wait_for([URGENT, TEXT, LATER], "here.text-1", 1.0)
    assert ids(entries(await redis.one(*read))) == ["r1"]


async def test_the_length_of_a_stream_is_its_backlog(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(n) for n in range(10)])
    assert await streams.lengths() == {**dict.fromkeys(GROUPS, 0), TEXT: 10}
    first, *_ = await deliver(redis, "here.text-1")
    await redis.call(*move_on([first], ()))
    assert (await streams.lengths())[TEXT] == 9
    overview = await streams.overview()
    assert (overview[TEXT].length, overview[TEXT].pending) == (9, 9)
    assert list(overview[TEXT].consumers) == ["here.text-1"]


async def test_consumers_are_exactly_the_expected_ones(
    streams: Streams, redis: RedisConnection
) -> None:
    for size in (3, 5, 1, 2):
        names = [f"here.text-{number}" for number in range(1, size + 1)]
        assert await streams.set_consumers(TEXT, "here.text-", names) == []
        assert sorted(await consumers(redis)) == names


async def test_consumers_of_other_nodes_are_left_alone(
    streams: Streams, redis: RedisConnection
) -> None:
    others = ["there.text-1", "here.text-", "here.text-1.text-1", "here.text-x"]
    await streams.add([wanted(n) for n in range(4)])
    for other in others:
        await deliver(redis, other, 1)
    assert await streams.set_consumers(TEXT, "here.text-", ["here.text-1"]) == []
    assert await consumers(redis) == {**dict.fromkeys(others, 1), "here.text-1": 0}


@pytest.mark.parametrize("page", [2, 3, 1000])
async def test_entries_pending_for_surplus_consumers_are_returned(
    streams: Streams, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(module, "PAGE_ENTRIES", page)
    await streams.add([wanted(n) for n in range(9)])
    for number in (1, 2, 3):
        await deliver(redis, f"here.text-{number}", 3)
    owed = await streams.set_consumers(TEXT, "here.text-", ["here.text-1"])
    assert sorted(ids(owed)) == [f"r{n}" for n in range(9)]
    assert await consumers(redis) == {"here.text-1": 9}


async def test_a_consumer_with_pending_entries_is_never_deleted(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1)])
    [read] = await deliver(redis, "dead.text-1")
    assert not await streams.drop_consumer(TEXT, "dead.text-1")
    assert await consumers(redis) == {"dead.text-1": 1}
    await redis.call(*move_on([read], ()))
    assert await streams.drop_consumer(TEXT, "dead.text-1")
    assert await streams.drop_consumer(TEXT, "dead.text-1")
    assert await consumers(redis) == {}


async def taken_over(redis: RedisConnection, consumer: str, *, idle: float) -> list[Read]:
    claims = TakeOver(idle=idle)
    return claims.items(TEXT, await redis.one(*claims.command(TEXT, consumer, count=10)))


async def test_entries_of_a_dead_consumer_are_taken_over_once(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(n) for n in range(3)])
    await deliver(redis, "dead.text-1")
    assert await taken_over(redis, "here.text-1", idle=60) == []
    items = await taken_over(redis, "here.text-1", idle=0)
    assert ids(items) == ["r0", "r1", "r2"]
    assert await consumers(redis) == {"dead.text-1": 0, "here.text-1": 3}


async def test_a_kept_lease_is_not_taken_over(streams: Streams, redis: RedisConnection) -> None:
    await streams.add([wanted(1)])
    [read] = await deliver(redis, "here.text-1")
    await redis.one("XCLAIM", TEXT, GROUP, "here.text-1", 0, read.entry, "IDLE", 60_000)
    await redis.one(*keep_lease(TEXT, "here.text-1", [read.entry]))
    assert await taken_over(redis, "there.text-1", idle=30) == []


@pytest.mark.skipif(not FAKETIME, reason="needs libfaketime")
@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_a_step_of_the_clock_of_redis_restarts_every_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    machine = MovedClock(tmp_path)
    with monkeypatch.context() as patch:
        for name, value in machine.environment_of_all().items():
            patch.setenv(name, value)
        server = embedded_redis(tmp_path / "redis")
        url = await server.__aenter__()
    redis, streams = RedisConnection(url), Streams(url)
    try:
        await streams.ensure_groups()
        await streams.add([wanted(1)])
        [read] = await deliver(redis, "there.text-1")
        claims = TakeOver(idle=0.5)

        async def claim() -> list[Read]:
            return claims.items(
                TEXT, await redis.one(*claims.command(TEXT, "here.text-1", count=10))
            )

        assert await claim() == []
        machine.set(step)
        assert await claim() == []  # live consumers have time to renew
        took_over = await eventually(claim, "the lease has passed")
        assert took_over == [read]
    finally:
        redis.close()
        await streams.aclose()
        await server.__aexit__(None, None, None)


async def test_entries_trimmed_while_pending_are_reported(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1), wanted(2)])
    first, second = await deliver(redis, "here.text-1")
    await redis.one("XDEL", TEXT, first.entry)
    owed = entries(await redis.one(*read_pending(TEXT, "here.text-1", count=10)))
    assert owed == [Unreadable(TEXT, first.entry, "trimmed while pending"), second]
    items = await taken_over(redis, "there.text-1", idle=0)
    assert items == [second, Unreadable(TEXT, first.entry, "trimmed while pending")]


@pytest.mark.parametrize(
    "fields", [("x", "y"), ("m", b"\xff"), ("m", "{}"), ("m", '{"type":"finished"}')]
)
async def test_an_entry_that_is_not_a_message_is_unreadable(
    streams: Streams, redis: RedisConnection, fields: tuple[str, str | bytes]
) -> None:
    await redis.one("XADD", TEXT, "*", *fields)
    await streams.add([wanted(1)])
    bad, good = await deliver(redis, "here.text-1")
    assert isinstance(bad, Unreadable)
    assert isinstance(good, Delivery)


async def test_all_messages_are_found_in_pipeline_order(
    streams: Streams, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE_ENTRIES", 2)
    sent = [
        *(Accepted(f"a{n}", "text", "p", 7, ("text",)) for n in range(5)),
        *(wanted(n) for n in range(4)),
        result(1),
    ]
    await streams.add(sent[::-1])
    await deliver(redis, "here.text-1", 2)  # pending or not
    await redis.one("XADD", REQUESTS, "*", "no", "message")
    messages = [message async for message in streams.messages()]
    assert [type(message) for message in messages] == [type(message) for message in sent]
    assert {message.id for message in messages} == {message.id for message in sent}


async def test_leases_run_out_also_when_the_clock_of_redis_is_known(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.add([wanted(1)])
    [read] = await deliver(redis, "dead.text-1")
    claims = TakeOver(idle=3600)

    async def take_over() -> list[str]:
        return ids(claims.items(TEXT, await redis.one(*claims.command(TEXT, "here", count=10))))

    assert await take_over() == []
    claim = ("XCLAIM", TEXT, GROUP, "dead.text-1", 0, read.entry)
    await redis.one(*claim, "IDLE", 3_700_000, "JUSTID")  # silent for more than an hour
    assert await take_over() == ["r1"]


async def test_connections_that_were_opened_again_are_counted(
    streams: Streams, redis: RedisConnection
) -> None:
    await streams.lengths()
    assert streams.reconnects == 0
    for number in (1, 2):
        await redis.one("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

        async def answers() -> bool:
            try:
                await streams.lengths()
            except RedisUnavailable:
                return False
            return True

        await eventually(answers, "it is connected again")
        assert streams.reconnects == number
