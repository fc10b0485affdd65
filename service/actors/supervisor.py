"""Supervisor: runs the actors from start to stop, reports which are not at work, drains them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import structlog

from service.actors.actor import Actor
from service.actors.workers.pool import Pool
from service.messages import NOTICES, RESULTS
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.streams import Streams
from service.store.stores import Stores

log = structlog.get_logger()

FRESH_SECONDS = 20.0  # seconds since an actor was last seen at work that still count as ready
SETTLE_SECONDS = 2.0  # seconds at a stop for the last results to be stored


@contextlib.asynccontextmanager
async def running(
    first: Sequence[Actor],
    pools: Sequence[Pool],
    last: Sequence[Actor],
    streams: Streams,
    *,
    drain: Callable[[], float],
    hurry: asyncio.Event,
) -> AsyncIterator[None]:
    """Run all actors while the context lasts.

    At its end those that bring work stop first, then the pools finish what they have in hand, at
    most `drain()` seconds and not when `hurry` is set, then those that store results stop.
    """
    async with asyncio.TaskGroup() as tasks:
        for actor in (*first, *last):
            tasks.create_task(actor.run(), name=actor.name)
        working = [tasks.create_task(pool.run(), name=pool.name) for pool in pools]
        try:
            yield
        finally:
            for actor in (*first, *pools):
                await actor.stop()
            await _drain(pools, working, drain(), hurry)
            await _settled(streams)
            for actor in last:
                await actor.stop()


async def _drain(
    pools: Sequence[Pool],
    working: Sequence[asyncio.Task[None]],
    seconds: float,
    hurry: asyncio.Event,
) -> None:
    done = asyncio.gather(*working)
    hurried = asyncio.create_task(hurry.wait(), name="hurry")
    waiting: set[asyncio.Future[Any]] = {hurried, done}
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    for pool, task in zip(pools, working, strict=True):
        if not task.done():
            log.warning("left pending", pool=pool.name, workers=pool.busy)
            pool.abandon()
    await done


async def _settled(streams: Streams) -> None:
    """Wait a moment for the results that the workers handed in last to be stored."""
    with contextlib.suppress(TimeoutError, RedisUnavailable):
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                lengths = await streams.lengths()
                if not lengths[RESULTS] and not lengths[NOTICES]:
                    return
                await asyncio.sleep(0.01)


async def not_at_work(stores: Stores, actors: Sequence[Actor]) -> dict[str, str]:
    """What is not at work, and why; empty when all is. An actor counts by what it last did."""
    missing = {}
    # side by side: each may take its time to show that it does not answer
    ping, check = await asyncio.gather(
        stores.streams.ping(), stores.database.check(), return_exceptions=True
    )
    for name, outcome in (("redis", ping), ("database", check)):
        match outcome:
            case None:
                continue
            case RedisUnavailable():
                missing[name] = "Does not answer."
            case DatabaseUnavailable():
                missing[name] = str(outcome)
            case _:
                raise outcome
    if stores.streams.memory.full and "redis" not in missing:
        missing["redis"] = "Its memory is full; what is accepted waits in the database."
    now = time.monotonic()
    for actor in actors:
        if not actor.seen:
            missing[actor.name] = "Not at work yet."
        elif now - actor.seen > FRESH_SECONDS:
            missing[actor.name] = f"Last seen at work {now - actor.seen:.0f} seconds ago."
    return missing


async def not_ready(
    stores: Stores, actors: Sequence[Actor], pools: Iterable[Pool]
) -> dict[str, str]:
    """The same, and which pools have a generator that cannot work."""
    troubles = {pool.name: pool.trouble for pool in pools}
    found = {name: trouble for name, trouble in troubles.items() if trouble}
    return found | await not_at_work(stores, actors)
