"""The fair queue in Redis: whatever happens, the served order is one that the model allows."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio

from service.messages import (
    PRIORITIES,
    REQUESTS,
    TEXT,
    Accepted,
    Priority,
    Wanted,
    stream_of,
)
from service.queueing import shares
from service.store.redis import claims
from service.store.redis.connection import RedisConnection
from service.store.redis.fair import fair_queue
from service.store.redis.fair.fair_queue import Cost, TakeRules
from service.store.redis.fair.fair_scripts import SHED
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import (
    Delivery,
    EntryKey,
    Streams,
    entries,
    move_on,
    read_new,
    read_pending,
    wait_for,
)
from service.stream_groups import GROUPS, bell_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

STREAMS = [stream_of(TEXT, priority) for priority in PRIORITIES]
USUAL_SECONDS = 1.0


@dataclass
class Queue:
    """A queue as the dispatcher fills it and a pool of `workers` empties it."""

    redis: RedisConnection
    streams: Streams
    lower_share: float = 0.0
    number: int = 0
    costs: list[Cost] = field(default_factory=list)
    charges: dict[EntryKey, float] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)

    async def accept(self, *clients: str, priority: Priority = "normal") -> list[str]:
        """Accept a request of each of these clients; returns their ids."""
        ids = [f"{client} {self.number + at}" for at, client in enumerate(clients)]
        self.number += len(clients)
        await self.streams.add(
            [
                Accepted(id_, "text", "p", 1, ("text",), priority=priority, client=client)
                for id_, client in zip(ids, clients, strict=True)
            ]
        )
        read = entries(await self.redis.one(*read_new(REQUESTS, "d", count=10_000)))
        jobs = [
            item.message.wanted("text")
            for item in read
            if isinstance(item, Delivery) and isinstance(item.message, Accepted)
        ]
        await self.redis.call(fair_queue.dispatch(read, jobs))
        return ids

    async def take(self, count: int = 1, each: int = 1) -> list[Delivery[Any]]:
        """What so many free workers get."""
        names = [f"here.text-{number}" for number in range(1, count + 1)]
        rules = TakeRules(self.lower_share, USUAL_SECONDS, self.held)
        command = fair_queue.take(STREAMS, names, each, rules, self.costs)
        taken = fair_queue.taken(STREAMS, await self.redis.one(*command))
        self.costs = []
        self.charges |= taken.charges
        return [
            item
            for item in taken.items
            if isinstance(item, Delivery) and isinstance(item.message, Wanted)
        ]

    async def finish(self, done: Delivery[Any], seconds: float | None) -> None:
        """A worker hands in a job that took so long; None: it was cancelled before."""
        await self.redis.call(*move_on([done], ()))
        if (charged := self.charges.pop((done.stream, done.entry), None)) is not None:
            self.costs.append(Cost(done.stream, done.message.client, seconds, charged))

    async def served(self, count: int, seconds: float = USUAL_SECONDS) -> list[str]:
        """The clients of the next jobs, one worker doing them."""
        clients = []
        for _ in range(count):
            for job in await self.take():
                clients.append(job.message.client)
                await self.finish(job, seconds)
        return clients

    async def weigh(self, **weights: int) -> None:
        await self.redis.call(*fair_queue.set_weights(weights))


async def index(redis: RedisConnection) -> set[bytes]:
    """The keys of the index, which exists while several clients wait."""
    always = {bell.encode() for bell in map(bell_of, ("text", "image"))}
    return set(await redis.one("KEYS", "fair:content:*")) - always


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shared_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with embedded_redis(tmp_path_factory.mktemp("fair") / "redis") as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def redis(shared_url: str) -> AsyncIterator[RedisConnection]:
    """A connection to the Redis of this module, which is empty."""
    connection = RedisConnection(shared_url)
    await connection.one("FLUSHALL")
    yield connection
    connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def streams(shared_url: str, redis: RedisConnection) -> AsyncIterator[Streams]:
    del redis  # it is emptied first
    streams = Streams(shared_url)
    await streams.ensure_groups()
    yield streams
    await streams.aclose()


@pytest_asyncio.fixture(loop_scope="session")
async def queue(streams: Streams, redis: RedisConnection) -> Queue:
    await redis.call(*fair_queue.LOAD)
    return Queue(redis, streams)


async def test_one_client_is_served_as_any_stream_is(queue: Queue, redis: RedisConnection) -> None:
    await queue.accept(*["ann"] * 5)
    assert await queue.served(3) == ["ann"] * 3
    await queue.accept("ann")
    assert await index(redis) == set()  # no index
    [group] = await redis.one("XINFO", "GROUPS", TEXT)
    newest_taken = dict(zip(group[::2], group[1::2], strict=True))[b"last-delivered-id"]
    waiting = await redis.one("XRANGE", TEXT, b"(" + newest_taken, "+")
    assert len(waiting) == 3


async def test_one_request_does_not_wait_for_all_of_another_client(queue: Queue) -> None:
    await queue.accept(*["ann"] * 1000)
    await queue.accept("bob")
    assert "bob" in await queue.served(2)


async def test_clients_have_equal_shares_whatever_they_have_queued(queue: Queue) -> None:
    await queue.accept(*["ann"] * 100)
    await queue.accept(*["bob"] * 20, *["cas"] * 40)
    assert Counter(await queue.served(30)) == {"ann": 10, "bob": 10, "cas": 10}
    assert Counter(await queue.served(130)) == {"ann": 90, "bob": 10, "cas": 30}


async def test_shares_follow_weights_also_while_requests_wait(queue: Queue) -> None:
    await queue.accept(*["ann"] * 100, *["bob"] * 100)
    await queue.weigh(bob=3)
    assert Counter(await queue.served(40))["bob"] == pytest.approx(30, abs=1)
    await queue.weigh()
    assert Counter(await queue.served(40))["bob"] == pytest.approx(20, abs=2)


async def test_shares_are_of_the_time_that_jobs_take(queue: Queue) -> None:
    await queue.accept(*["quick"] * 300, *["slow"] * 300)
    seconds: Counter[str] = Counter()
    for _ in range(220):
        [job] = await queue.take()
        cost = {"quick": 1, "slow": 10}[job.message.client]
        seconds[job.message.client] += cost
        await queue.finish(job, cost)
    assert seconds["quick"] == pytest.approx(seconds["slow"], abs=20)


async def test_an_idle_client_saves_nothing_up(queue: Queue) -> None:
    await queue.accept("bob", *["ann"] * 100, *["cas"] * 100)
    await queue.served(101)  # bob once, then ann and cas
    await queue.accept(*["bob"] * 50)
    assert Counter(await queue.served(30)) == pytest.approx(
        {"ann": 10, "bob": 10, "cas": 10}, abs=1
    )


async def test_a_client_with_one_request_at_a_time_gets_its_share_only(queue: Queue) -> None:
    await queue.accept(*["ann"] * 100)
    served: list[str] = []
    for _ in range(40):
        if "bob" in served[-1:] or not served:
            await queue.accept("bob")
        served += await queue.served(1)
    assert Counter(served)["bob"] <= 21


async def test_cancelled_requests_cost_nothing(queue: Queue) -> None:
    await queue.accept(*["ann"] * 60, *["bob"] * 60)
    cancelled = 0
    served: Counter[str] = Counter()
    while sum(served.values()) < 20:
        [job] = await queue.take()
        if job.message.client == "bob" and cancelled < 30:
            cancelled += 1
            await queue.finish(job, None)
        else:
            served[job.message.client] += 1
            await queue.finish(job, 1.0)
    assert served["bob"] == pytest.approx(10, abs=1)


async def test_lower_priorities_get_their_share_while_they_wait(queue: Queue) -> None:
    queue.lower_share = 0.1
    await queue.accept(*["ann"] * 100, priority="high")
    await queue.accept(*["bob"] * 10)
    await queue.accept(*["cas"] * 10, priority="low")
    served = await queue.served(100)
    assert Counter(served) == {"ann": 90, "bob": 9, "cas": 1}
    assert "ann" * 10 not in "".join(served)
    assert set(await queue.served(20)) == {"ann", "bob", "cas"}  # nothing is left
    assert await queue.served(1) == []


async def test_without_a_share_lower_priorities_wait(queue: Queue) -> None:
    await queue.accept(*["bob"] * 5)
    await queue.accept(*["ann"] * 20, priority="high")
    assert await queue.served(25) == ["ann"] * 20 + ["bob"] * 5


async def test_clients_that_are_held_are_passed_over(queue: Queue) -> None:
    await queue.accept(*["ann"] * 4, *["bob"] * 2)
    queue.held = ["ann"]
    assert await queue.served(3) == ["bob", "bob"]
    queue.held = []
    assert await queue.served(9) == ["ann"] * 4


async def test_what_is_kept_of_clients_that_came_once_is_bounded(
    queue: Queue, redis: RedisConnection
) -> None:
    queue.held = ["ann"]
    await queue.accept("ann", "bob", "ann")
    for batch in range(4):
        await queue.accept("bob", *(f"c{batch}-{number}" for number in range(399)))
        for job in await queue.take(each=400):
            await queue.finish(job, 0.5)
    await queue.accept("bob", "last")  # the queue does not become empty
    await queue.take()
    remembered = await redis.one("ZCARD", f"fair:{TEXT}:served")
    costs = await redis.one("HKEYS", f"fair:{TEXT}:costs")
    assert 900 <= remembered <= 1000
    assert len(costs) <= remembered + 3
    assert b"bob" in costs  # he keeps coming


async def test_a_client_that_is_held_is_passed_over_where_it_waits_alone(queue: Queue) -> None:
    await queue.accept("cas", priority="high")
    await queue.accept(*["ann"] * 4)
    await queue.accept("bob", priority="low")
    queue.held = ["ann"]
    assert await queue.served(4) == ["cas", "bob"]
    queue.held = []
    assert await queue.served(9) == ["ann"] * 4


async def test_the_stream_shows_what_waits_and_what_is_in_hand(
    queue: Queue, streams: Streams
) -> None:
    await queue.accept(*["ann"] * 10, *["bob"] * 5)
    jobs = await queue.take(4)
    overview = (await streams.overview())[TEXT]
    assert (overview.length, overview.pending) == (15, 4)
    await queue.finish(jobs[0], 1.0)
    overview = (await streams.overview())[TEXT]
    assert (overview.length, overview.pending) == (14, 3)


async def test_a_lost_index_is_healed_and_nothing_is_abandoned_before(
    queue: Queue, redis: RedisConnection, streams: Streams
) -> None:
    await queue.accept(*["ann"] * 10, *["bob"] * 5)
    in_hand = await queue.take(2)
    assert await claims.abandoned(streams) == set()
    await redis.one("DEL", *await redis.one("KEYS", "fair:*"))
    lost = await claims.abandoned(streams)
    assert len(lost) == 13
    assert not lost & {(job.stream, job.entry) for job in in_hand}
    assert await claims.give_again(streams, lost) == 13
    served = await queue.served(13)
    assert Counter(served) == {"ann": 9, "bob": 4}
    assert Counter(served[:6])["bob"] == pytest.approx(3, abs=1)  # fair again
    assert await queue.served(1) == []


@pytest.mark.parametrize("taken", [0, 2])
async def test_entries_that_a_full_redis_sheds_are_the_newest_that_wait(
    queue: Queue, redis: RedisConnection, streams: Streams, taken: int
) -> None:
    await queue.accept(*["ann"] * 8, *["bob"] * 3)
    in_hand = await queue.take(taken)
    shed = 0
    while removed := await redis.one("EVAL", SHED, 1, TEXT, GROUPS[TEXT], 4):
        shed += removed
        assert (await streams.lengths())[TEXT] == 11 - shed
        if shed == 4:
            await queue.accept("ann")
            shed -= 1
    assert shed == 11 - taken
    assert (await streams.overview())[TEXT].pending == len(in_hand)
    assert await queue.take() == []
    await queue.accept("ann", "bob")
    assert await queue.served(3) == ["ann", "bob"]


async def test_a_worker_that_began_to_wait_too_late_is_woken(
    queue: Queue, redis: RedisConnection
) -> None:
    assert await queue.take() == []  # this process is about to wait
    await queue.accept("ann", "bob", "ann")
    assert len(await queue.take()) == 1  # another one takes, and hides the rest
    bell = bell_of("text")
    read = wait_for([*STREAMS, bell], "there.text-1", 5.0)
    for _ in range(2):  # the second time because there is more for others
        [(woken_by, [(rung, _)])] = await redis.one(*read)
        assert woken_by.decode() == bell
        await redis.call(*fair_queue.silence("text", [rung]))
        assert len(await queue.take()) == 1
    assert await redis.one(*wait_for([*STREAMS, bell], "there.text-1", 0.01)) is None


@pytest.mark.parametrize("many", [1, 10_000], ids=["in a thread", "at once"])
async def test_what_is_read_of_clients_is_used_for_a_multiple_of_the_time_it_took(
    queue: Queue, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(shares, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(shares, "FRESH_FACTOR", 0.0)
    monkeypatch.setattr(fair_queue, "MANY_VALUES", many)
    current = shares.CurrentShares(queue.streams, lambda: 0.0)
    await queue.accept("ann", "bob")
    assert {"ann", "bob"} == (await current.of("text"))[1].starts.keys()
    await queue.accept("cas")
    monkeypatch.setattr(shares, "FRESH_FACTOR", 1e9)
    assert {"ann", "bob", "cas"} == (read := await current.of("text"))[1].starts.keys()
    await queue.accept("dan")
    assert await current.of("text") is read


async def test_what_waiting_workers_got_leaves_nothing_behind(
    queue: Queue, redis: RedisConnection
) -> None:
    """Workers that wait get what comes before anyone asks for it in the fair order."""
    one, two = (queue.streams.connection() for _ in range(2))
    waiting = [
        asyncio.create_task(other.one(*wait_for(STREAMS, f"there.text-{number}", 5.0)))
        for number, other in enumerate((one, two), 1)
    ]
    while b"blocked_clients:2" not in bytes(await redis.one("INFO", "clients")):  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    await queue.accept("ann", "bob")
    read = [item for task in waiting for item in entries(await task)]
    assert len(read) == 2
    await redis.call(*move_on(read, ()))
    assert await queue.take() == []
    assert await index(redis) == set()
    await queue.accept("ann", "bob", "ann", "bob")
    assert sorted(await queue.served(5)) == ["ann", "ann", "bob", "bob"]
    for connection in (one, two):
        connection.close()


# ------------------------------------------------------------------- the model


@dataclass
class Model:
    """What the rule allows: lines of requests, and the time that each client was given."""

    lines: dict[str, deque[str]] = field(default_factory=dict)
    given: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Seconds divided by the weight, since the client last began to wait."""
    since: dict[tuple[str, str], float] = field(default_factory=dict)
    """By pairs of clients that wait: by how much the first was ahead when both began to."""

    def waiting(self) -> list[str]:
        return [client for client, line in self.lines.items() if line]

    def join(self, client: str, id_: str) -> None:
        line = self.lines.setdefault(client, deque())
        line.append(id_)
        if len(line) == 1:
            for other in self.waiting():
                self.since[client, other] = self.given[client] - self.given[other]
                self.since[other, client] = -self.since[client, other]

    def serve(self, client: str, id_: str) -> None:
        assert self.lines[client].popleft() == id_, "not first come, first served"


class Run:
    """Random interleavings of what happens to a queue, compared with the model at each step."""

    def __init__(self, queue: Queue, seed: int) -> None:
        self.queue = queue
        self.model = Model()
        self.random = random.Random(seed)
        self.clients = [f"c{number}" for number in range(self.random.choice([1, 2, 3, 6]))]
        self.cost = {client: self.random.choice([0.5, 1, 5]) for client in self.clients}
        self.weight = {client: self.random.choice([1, 1, 2, 4]) for client in self.clients}
        self.in_hand: list[Delivery[Any]] = []
        self.ended: list[str] = []

    async def step(self) -> None:
        step = self.random.choices(
            [self.accept, self.take, self.finish, self.cancel, self.redrive, self.restart],
            [3, 6, 6, 1, 1, 1],
        )[0]
        await step()

    async def accept(self) -> None:
        client = self.random.choice(self.clients)
        many = [client] * self.random.choice([1, 1, 5, 40])
        for id_ in await self.queue.accept(*many):
            self.model.join(client, id_)

    async def take(self) -> None:
        free = 4 - len(self.in_hand)
        count = self.random.randint(0, free)
        waiting = sum(map(len, self.model.lines.values()))
        jobs = await self.queue.take(count)
        assert len(jobs) == min(count, waiting), "a worker is free while something waits"
        for job in jobs:
            self.model.serve(job.message.client, job.message.id)
        self.in_hand += jobs

    async def finish(self) -> None:
        if self.in_hand:
            job = self.in_hand.pop(self.random.randrange(len(self.in_hand)))
            client = job.message.client
            await self.queue.finish(job, self.cost[client])
            self.model.given[client] += self.cost[client] / self.weight[client]
            self.ended.append(client)
            self.check_shares()

    async def cancel(self) -> None:
        if self.in_hand:
            await self.queue.finish(self.in_hand.pop(), None)

    async def redrive(self) -> None:
        if self.ended:
            client = self.ended.pop()
            for id_ in await self.queue.accept(client):
                self.model.join(client, id_)

    async def restart(self) -> None:
        """The process is killed: what it had in hand is delivered to it again."""
        redis = self.queue.redis
        again = set()
        for number in range(1, 5):
            read = read_pending(TEXT, f"here.text-{number}", count=100)
            again |= {item.entry for item in entries(await redis.one(*read))}
        assert again == {job.entry for job in self.in_hand}

    def check_shares(self) -> None:
        """Of clients that wait since the same moment none is ahead by more than its jobs in hand.

        The bound of start-time fair queueing is one job of each; here up to four are at work, and
        what a client's first ones take is only known afterwards.
        """
        waiting = self.model.waiting()
        for one in waiting:
            for other in waiting:
                if one != other:
                    ahead = self.model.given[one] - self.model.given[other]
                    ahead -= self.model.since[one, other]
                    bound = sum([6 * self.cost[c] / self.weight[c] for c in (one, other)])
                    assert ahead <= bound + 2 * USUAL_SECONDS, (one, other, ahead, bound)


@pytest.mark.parametrize("seed", range(8))
async def test_the_served_order_is_one_that_the_model_allows(
    queue: Queue, redis: RedisConnection, streams: Streams, seed: int
) -> None:
    run = Run(queue, seed)
    await queue.weigh(**run.weight)
    for _ in range(150):
        await run.step()
    overview = (await streams.overview())[TEXT]
    assert overview.pending == len(run.in_hand)
    waiting = sum(map(len, run.model.lines.values()))
    assert overview.length == len(run.in_hand) + waiting
    while run.model.waiting() or run.in_hand:
        await run.take()
        await run.finish()
    assert await queue.take() == []
    assert await index(redis) == set()
    assert (await streams.lengths())[TEXT] == 0
