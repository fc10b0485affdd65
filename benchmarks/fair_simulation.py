"""Simulates a shared pool with the fair queue of the service, in a clock that jumps.

    python -m benchmarks.fair_simulation

prints the table of docs/queueing.md. Redis and its scripts are the real ones; only workers and time
are not.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.messages import PRIORITIES, REQUESTS, TEXT, Accepted, stream_of
from service.store.redis.connection import RedisConnection
from service.store.redis.fair import fair_queue
from service.store.redis.fair.fair_queue import Cost, TakeRules
from service.store.redis.server.embedded import embedded_redis
from service.store.redis.streams import Delivery, EntryKey, Streams, entries, move_on, read_new

STREAMS = [stream_of(TEXT, priority) for priority in PRIORITIES]
WORKERS = 4
SECONDS = 600.0


@dataclass
class Submitter:
    """A client: its weight, what a job takes, and when it submits how many."""

    name: str
    weight: int
    cost: float
    times: list[tuple[float, int]]
    what: str
    waits: list[float] = field(default_factory=list)
    given: float = 0.0


CLIENTS = [
    Submitter("ann", 1, 1.0, [(0.0, 2000)], "2,000 jobs of 1 s at once"),
    Submitter("bob", 1, 5.0, [(0.0, 400)], "400 jobs of 5 s at once"),
    Submitter("cas", 2, 1.0, [(0.0, 4000)], "4,000 jobs of 1 s at once"),
    Submitter(
        "dan", 1, 1.0, [(at + 0.5, 1) for at in range(30, 600, 60)], "a job of 1 s every minute"
    ),
]


class Simulation:
    """Events in the order of their time: submissions, and ends of jobs."""

    def __init__(self, redis: RedisConnection, streams: Streams) -> None:
        self._redis = redis
        self._streams = streams
        self._number = itertools.count()
        self._accepted: dict[str, tuple[Submitter, float]] = {}
        self._events: list[tuple[float, int, Delivery[Any] | tuple[Submitter, int]]] = []
        self._charges: dict[EntryKey, float] = {}
        self._costs: list[Cost] = []
        self._free = WORKERS

    async def run(self, clients: list[Submitter]) -> None:
        """Everything that happens in SECONDS."""
        await self._redis.call(*fair_queue.LOAD)
        await self._redis.call(*fair_queue.set_weights({c.name: c.weight for c in clients}))
        for client in clients:
            for at, count in client.times:
                self._plan(at, (client, count))
        while self._events and self._events[0][0] < SECONDS:
            now, _, event = heapq.heappop(self._events)
            if isinstance(event, Delivery):
                await self._end(event)
            else:
                await self._submit(now, *event)
            if not self._events or self._events[0][0] > now:
                await self._begin(now)

    def _plan(self, at: float, event: Delivery[Any] | tuple[Submitter, int]) -> None:
        heapq.heappush(self._events, (at, next(self._number), event))

    async def _submit(self, now: float, client: Submitter, count: int) -> None:
        ids = [f"{client.name} {next(self._number)}" for _ in range(count)]
        self._accepted.update((id_, (client, now)) for id_ in ids)
        await self._streams.add(
            [Accepted(id_, "text", "p", 1, ("text",), client=client.name) for id_ in ids]
        )
        read = entries(await self._redis.one(*read_new(REQUESTS, "dispatcher", count=count)))
        for first in range(0, count, 200):
            page = read[first : first + 200]
            jobs = [
                item.message.wanted("text")
                for item in page
                if isinstance(item, Delivery) and isinstance(item.message, Accepted)
            ]
            await self._redis.call(fair_queue.dispatch(page, jobs))

    async def _begin(self, now: float) -> None:
        if not self._free:
            return
        names = [f"worker-{number}" for number in range(self._free)]
        command = fair_queue.take(STREAMS, names, 1, TakeRules(0.1, 1.0), self._costs)
        taken = fair_queue.taken(STREAMS, await self._redis.one(*command))
        self._costs = []
        self._charges |= taken.charges
        for item in taken.items:
            if not isinstance(item, Delivery):
                raise TypeError(item.why)
            client, accepted = self._accepted[item.message.id]
            client.waits.append(now - accepted)
            client.given += min(client.cost, SECONDS - now)
            self._free -= 1
            self._plan(now + client.cost, item)

    async def _end(self, done: Delivery[Any]) -> None:
        self._free += 1
        await self._redis.call(*move_on([done], ()))
        client = self._accepted[done.message.id][0]
        if (charged := self._charges.pop((done.stream, done.entry), None)) is not None:
            self._costs.append(Cost(done.stream, client.name, client.cost, charged))


def table(clients: list[Submitter]) -> str:
    """The result in Markdown."""
    whole = sum(client.given for client in clients)
    busy = [client for client in clients if len(client.times) == 1]
    weights = sum(client.weight for client in busy)
    lines = [
        "| client | submits | weight | jobs begun | share of the time | by weight | median wait |",
        "|---|---|---|---|---|---|---|",
    ]
    for client in clients:
        due = f"{client.weight / weights:.1%}" if client in busy else "what it needs"
        lines.append(
            f"| {client.name} | {client.what} | {client.weight} | {len(client.waits):,} "
            f"| {client.given / whole:.1%} | {due} | {statistics.median(client.waits):,.1f} s |"
        )
    return "\n".join(lines)


async def simulate() -> str:
    """Run the simulation on a separate Redis; returns the table."""
    with tempfile.TemporaryDirectory(prefix="feedmill-") as folder:
        async with embedded_redis(Path(folder) / "redis") as url:
            redis, streams = RedisConnection(url), Streams(url)
            await streams.ensure_groups()
            clients = [Submitter(c.name, c.weight, c.cost, list(c.times), c.what) for c in CLIENTS]
            await Simulation(redis, streams).run(clients)
            redis.close()
            await streams.aclose()
    return table(clients)


if __name__ == "__main__":
    print(asyncio.run(simulate()))
