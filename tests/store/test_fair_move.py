"""Waiting messages move to other priorities: none is lost or doubled, and lines stay in order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from service.messages import PRIORITIES, TEXT, Priority, TextWanted, stream_of
from service.store.redis import claims
from service.store.redis.connection import RedisConnection
from service.store.redis.entry_search import find_entry
from service.store.redis.fair import fair_queue
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import Delivery, Streams, read_entry
from tests.store.test_fair_queue import STREAMS, Queue, index

pytestmark = pytest.mark.asyncio(loop_scope="session")

FIRST = 100_000  # so that ids sort as they are accepted
HERE = "here.text-"  # how the names of the queue's consumers begin


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def redis_of_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with embedded_redis(tmp_path_factory.mktemp("moves") / "redis") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def queue(redis_of_module: str) -> AsyncIterator[Queue]:
    redis, streams = RedisConnection(redis_of_module), Streams(redis_of_module)
    await redis.one("FLUSHALL")
    await streams.ensure_groups()
    queue = Queue(redis, streams, number=FIRST)
    await redis.call(*fair_queue.LOAD)
    yield queue
    await streams.aclose()
    redis.close()


async def move(queue: Queue, id_: str, priority: Priority) -> bool:
    """Move the message of a request that waits; False if a worker has it."""
    found = await find_entry(queue.streams, STREAMS, id_, everywhere=True)
    assert found is not None, f"{id_} is on no stream"
    return await replace(queue, found, priority)


async def replace(
    queue: Queue, found: Delivery[Any], priority: Priority, holders: str = ""
) -> bool:
    message = msgspec.structs.replace(found.message, priority=priority)
    assert isinstance(message, TextWanted)
    return bool(await queue.redis.one(*fair_queue.move(found, message, holders)))


async def order(queue: Queue, count: int) -> list[str]:
    """The ids of the next requests, one worker doing them."""
    served = []
    for _ in range(count):
        for job in await queue.take():
            served.append(job.message.id)
            await queue.finish(job, 1.0)
    return served


async def test_a_moved_message_is_next_and_its_line_keeps_its_order(queue: Queue) -> None:
    ids = await queue.accept(*["ann"] * 6)
    assert await move(queue, ids[4], "high")
    assert await move(queue, ids[1], "low")
    assert await move(queue, ids[2], "high")
    expected = [ids[2], ids[4], ids[0], ids[3], ids[5], ids[1]]
    assert await order(queue, 7) == expected
    assert await index(queue.redis) == set()


async def test_what_is_moved_there_and_back_has_its_old_place(queue: Queue) -> None:
    ids = await queue.accept(*["ann"] * 5)
    for id_ in (ids[0], ids[3]):
        for priority in ("high", "low", "normal"):
            assert await move(queue, id_, priority)
    assert await order(queue, 6) == ids
    assert await index(queue.redis) == set()


async def test_the_line_of_another_client_does_not_change(queue: Queue) -> None:
    ann = await queue.accept(*["ann"] * 4)
    bob = await queue.accept(*["bob"] * 4)
    high = await queue.accept("bob", "ann", priority="high")
    assert await move(queue, bob[2], "high")
    assert await move(queue, ann[3], "high")
    served = await order(queue, 11)
    assert {*served[:4]} == {*high, bob[2], ann[3]}
    for mine in ([ann[3], high[1], *ann[:3]], [bob[2], high[0], bob[0], bob[1], bob[3]]):
        assert [id_ for id_ in served if id_ in mine] == mine
    assert await index(queue.redis) == set()


async def test_what_a_worker_has_stays_unless_it_gives_it_back(queue: Queue) -> None:
    ids = await queue.accept("ann", "ann", "ann")
    [job] = await queue.take()
    assert not await move(queue, ids[0], "high")
    assert not await replace(queue, job, "low", "another.text-")
    assert await replace(queue, job, "low", HERE)
    assert (await queue.streams.overview())[TEXT].pending == 0
    assert await order(queue, 4) == [ids[1], ids[2], ids[0]]


async def test_an_entry_that_is_gone_is_not_moved_again(queue: Queue) -> None:
    [id_] = await queue.accept("ann")
    found = await find_entry(queue.streams, STREAMS, id_, everywhere=True)
    assert found is not None
    assert await replace(queue, found, "high")
    assert not await replace(queue, found, "low")
    assert await order(queue, 3) == [id_]


class Moves:
    """Random interleavings of what happens to a queue, with moves."""

    def __init__(self, queue: Queue, seed: int) -> None:
        self.queue = queue
        self.random = random.Random(seed)
        self.clients = ["ann", "bob", "cas"][: self.random.choice([1, 2, 3])]
        self.lines: dict[tuple[Priority, str], list[str]] = {}
        self.in_hand: list[Delivery[Any]] = []
        self.begun: Counter[str] = Counter()

    def join(self, priority: Priority, id_: str) -> None:
        line = self.lines.setdefault((priority, id_.split(maxsplit=1)[0]), [])
        line.append(id_)
        line.sort()

    async def step(self) -> None:
        steps = [self.accept, self.take, self.finish, self.move, self.give_back, self.heal]
        await self.random.choices(steps, [3, 4, 4, 6, 1, 1])[0]()

    async def accept(self) -> None:
        client, priority = self.random.choice(self.clients), self.random.choice(PRIORITIES)
        count = self.random.choice([1, 1, 5, 30])
        for id_ in await self.queue.accept(*[client] * count, priority=priority):
            self.join(priority, id_)

    async def take(self) -> None:
        jobs = await self.queue.take(self.random.randint(0, 4 - len(self.in_hand)))
        for job in jobs:
            id_ = job.message.id
            waiting = [
                of
                for of in PRIORITIES
                for (rank, _), line in self.lines.items()
                if line and rank == of
            ]
            assert job.message.priority == waiting[0], "the most urgent first"
            line = self.lines[job.message.priority, job.message.client]
            assert line.pop(0) == id_, "within a client and priority the oldest first"
            self.begun[id_] += 1
        self.in_hand += jobs

    async def finish(self) -> None:
        if self.in_hand:
            job = self.in_hand.pop(self.random.randrange(len(self.in_hand)))
            await self.queue.finish(job, self.random.choice([None, 0.5, 3.0]))

    async def move(self) -> None:
        waiting = [(key, id_) for key, line in self.lines.items() for id_ in line]
        if waiting:
            (old, client), id_ = self.random.choice(waiting)
            new = self.random.choice([of for of in PRIORITIES if of != old])
            assert await move(self.queue, id_, new)
            self.lines[old, client].remove(id_)
            self.join(new, id_)

    async def give_back(self) -> None:
        if self.in_hand:
            job = self.in_hand.pop()
            new = self.random.choice([of for of in PRIORITIES if of != job.message.priority])
            assert await replace(self.queue, job, new, HERE)
            await self.queue.finish(job, None)  # its client is not charged
            self.begun[job.message.id] -= 1
            self.join(new, job.message.id)

    async def heal(self) -> None:
        """What the relay looks for from time to time: nothing seems to be abandoned."""
        assert await claims.abandoned(self.queue.streams) == set()

    async def check(self) -> None:
        """Every message is on its stream once."""
        on_streams = []
        for stream in STREAMS:
            for entry, fields in await self.queue.redis.one("XRANGE", stream, "-", "+"):
                read = read_entry(stream, entry, fields)
                assert isinstance(read, Delivery)
                on_streams.append((stream, read.message.id))
        expected = [
            (stream_of(TEXT, priority), id_)
            for (priority, _), line in self.lines.items()
            for id_ in line
        ]
        expected += [(job.stream, job.message.id) for job in self.in_hand]
        assert sorted(on_streams) == sorted(expected)


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_lost_or_doubled_and_lines_keep_their_order(
    queue: Queue, seed: int
) -> None:
    run = Moves(queue, seed)
    for number in range(120):
        await run.step()
        if number % 20 == 0:
            await run.check()
    while any(run.lines.values()) or run.in_hand:
        await run.take()
        await run.finish()
    await run.check()
    assert set(run.begun.values()) <= {1}
    assert sum(run.begun.values()) == queue.number - FIRST
    assert await queue.take() == []
    assert await index(queue.redis) == set()
