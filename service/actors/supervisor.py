"""Supervisor: runs the actors, reports which are not at work, and drains them at a stop."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

import structlog

from service.actors.actor import Actor
from service.actors.workers.pool import Pool
from service.actors.workers.pools import Pools
from service.messages import NOTICES, RESULTS
from service.store.errors import DatabaseUnavailable, MediaUnavailable, RedisUnavailable
from service.store.redis.streams import Streams
from service.store.stores import Stores

log = structlog.get_logger()

FRESH_SECONDS = 20.0  # since its last sign of work, after which an actor counts as not ready
SETTLE_SECONDS = 2.0  # at a stop, for the last results to be stored


@contextlib.asynccontextmanager
async def running(
    first: Sequence[Actor],
    pools: Pools,
    last: Sequence[Actor],
    streams: Streams,
    *,
    works: bool,
    drain: Callable[[], float],
    hurry: asyncio.Event,
) -> AsyncIterator[None]:
    """Run all actors while the context lasts, and with `works` the pools.

    At its end, the actors that bring work stop first. Then the pools finish running generations,
    for at most `drain()` seconds or until `hurry` is set. The actors that store results stop last.
    """
    async with asyncio.TaskGroup() as tasks:
        for actor in (*first, *last):
            tasks.create_task(actor.run(), name=actor.name)
        pools.start(tasks, works=works)
        try:
            yield
        finally:
            for actor in first:
                await actor.stop()
            await pools.stop()
            await _drain(pools, drain(), hurry)
            await _wait_until_stored(streams)
            for actor in last:
                await actor.stop()


async def _drain(
    pools: Pools,
    seconds: float,
    hurry: asyncio.Event,
) -> None:
    working = pools.working
    done = asyncio.gather(*(task for _, task in working))
    forced = asyncio.create_task(hurry.wait(), name="hurry")
    waiting: set[asyncio.Future[Any]] = {forced, done}
    await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    forced.cancel()
    for pool, task in working:
        if not task.done():
            log.warning("left pending", pool=pool.name, workers=pool.busy)
            pool.abandon()
    await done


async def _wait_until_stored(streams: Streams) -> None:
    """Wait, at most SETTLE_SECONDS, until the last results of the workers are stored."""
    with contextlib.suppress(TimeoutError, RedisUnavailable):
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                lengths = await streams.lengths()
                if not lengths[RESULTS] and not lengths[NOTICES]:
                    return
                await asyncio.sleep(0.01)


async def not_at_work(stores: Stores, actors: Sequence[Actor]) -> dict[str, str]:
    """What is not at work, and why; empty when everything is. Actors count by their `seen`."""
    missing = {}
    # concurrently: each may run into its timeout
    ping, check, media = await asyncio.gather(
        stores.streams.ping(),
        stores.database.check(),
        stores.media.check(),
        return_exceptions=True,
    )
    for name, outcome in (("redis", ping), ("database", check), ("media", media)):
        match outcome:
            case None:
                continue
            case RedisUnavailable():
                missing[name] = "Does not answer."
            case DatabaseUnavailable() | MediaUnavailable():
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
    """What is not at work, including pools whose generator cannot work, and why."""
    troubles = {pool.name: pool.trouble for pool in pools}
    stuck = {name: trouble for name, trouble in troubles.items() if trouble}
    return stuck | await not_at_work(stores, actors)
