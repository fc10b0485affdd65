"""The faults of a chaos run, and schedules of them, drawn from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientError, ClientSession

from service.store.errors import RedisUnavailable
from tests.chaos.redis import signal_to
from tests.chaos.world import World
from tests.support.waiting import eventually, wait_until

# Each deck is dealt completely, in random order, before the next, so that the shares are exact.
DECK = {
    "kill the service": 8,
    "kill Redis": 4,
    "flush Redis": 2,
    "Redis comes back empty": 1,
    "Redis comes back older": 1,
    "restart the service": 1,
    "resize the pools": 2,
    "the same picture again": 1,
}
WINDOWS = {  # seconds; faults that last, during which other faults may happen as well
    "Redis hangs": (0.5, 2.0),
    "Redis is full": (0.5, 2.0),
    "SQLite is locked": (0.3, 1.5),
    "the clock is set wrong": (1.5, 3.0),
    "the log is not read": (1.0, 2.0),
}
RARE = {  # one of these per deck: longer than the timeouts of the service
    "Redis hangs": (5.5, 7.0),
    "Redis is full": (4.0, 6.0),
    "SQLite is locked": (5.5, 7.0),
}
CHANGES = 200  # of Redis that are undone when it comes back older: some requests
CALM = 0.7  # share of the steps that begin only when all nodes are ready
Window = tuple[str, tuple[float, float]]
BEARABLE = {  # the faults that are possible during a window; all, if it is not listed
    "Redis hangs": {"kill the service", "resize the pools", "restart the service"},
    # not a start of the service: without its log, its end is not seen
    "the log is not read": {"kill Redis", "flush Redis", "resize the pools"},
}


@dataclass(frozen=True)
class Step:
    """A pause, then faults one after another, maybe during a window."""

    pause: float
    faults: tuple[str, ...]
    node: int
    calm: bool
    """Whether all nodes must be ready first; else it may hit one that is starting."""
    window: str = ""
    seconds: float = 0.0

    def __str__(self) -> str:
        within = f"{self.window} for {self.seconds:.1f} s: " if self.window else ""
        return f"{within}{', '.join(self.faults) or 'nothing else'} (node {self.node})"


def schedule(seed: int, nodes: int) -> Iterator[Step]:
    """Endless steps; the same seed gives the same steps."""
    chance = random.Random(f"{seed} schedule")
    while True:
        cards = [fault for fault, count in DECK.items() for _ in range(count)]
        windows = [*WINDOWS.items(), chance.choice(list(RARE.items()))]
        yield from _deal(chance, nodes, cards, windows)


def sampler(seed: int, nodes: int) -> Iterator[Step]:
    """A few steps with every fault and window once."""
    return _deal(random.Random(f"{seed} sampler"), nodes, list(DECK), list(WINDOWS.items()))


def _deal(
    chance: random.Random, nodes: int, cards: list[str], windows: list[Window]
) -> Iterator[Step]:
    """Steps that use up all cards and windows."""
    chance.shuffle(cards)
    chance.shuffle(windows)
    while cards or windows:
        pause, calm = chance.uniform(0.05, 0.8), chance.random() < CALM
        node = chance.randrange(nodes)
        if windows and chance.random() < len(windows) / (len(cards) + 1):
            window, (shortest, longest) = windows.pop()
            bearable = BEARABLE.get(window, DECK.keys() - {"the same picture again"})
            within = [card for card in cards if card in bearable][: chance.randrange(3)]
            for card in within:
                cards.remove(card)
            seconds = chance.uniform(shortest, longest)
            yield Step(pause, tuple(within), node, calm, window, seconds)
        elif cards:
            yield Step(pause, (cards.pop(),), node, calm)


async def carry_out(step: Step, world: World, done: Counter[str]) -> None:
    """Carry out a step, and count its faults in `done`."""
    await asyncio.sleep(step.pause)  # the plan says when a fault happens, and how long one lasts
    if step.calm:
        await world.up()
    with world.fault():
        await _carry_out(step, world, done)


async def _carry_out(step: Step, world: World, done: Counter[str]) -> None:
    if step.window:
        done[step.window] += 1
        async with LASTING[step.window](world):
            share = step.seconds / (len(step.faults) + 1)
            for fault in step.faults:
                await asyncio.sleep(share)
                await happen(fault, world, step.node, done)
            await asyncio.sleep(share)
    else:
        await happen(step.faults[0], world, step.node, done)


async def happen(fault: str, world: World, node: int, done: Counter[str]) -> None:
    """Carry out one fault, and count it in `done`."""
    await SUDDEN[fault](world, node)
    done[fault] += 1


async def kill_service(world: World, node: int) -> None:
    await world.nodes[node].kill()
    await world.nodes[node].start()


async def restart_service(world: World, node: int) -> None:
    await world.nodes[node].stop()
    await world.nodes[node].start()


async def kill_redis(world: World, _node: int) -> None:
    await world.redis.kill()


async def flush_redis(world: World, _node: int) -> None:
    async def flushed() -> bool:
        with contextlib.suppress(RedisUnavailable):  # it may be starting
            await world.redis.command("FLUSHALL")
            return True
        return False

    await eventually(flushed, "Redis is flushed")


async def empty_redis(world: World, _node: int) -> None:
    await world.redis.kill(world.nothing)


async def older_redis(world: World, _node: int) -> None:
    copy = world.folder / "older"
    await world.redis.keep_copy(copy)
    before = await world.redis.changes()

    async def has_changed() -> bool:
        with contextlib.suppress(RedisUnavailable):  # another fault may have hit it
            return abs(await world.redis.changes() - before) > CHANGES
        return False

    with contextlib.suppress(AssertionError):  # nothing changes while it is full
        await eventually(has_changed, "much has changed since the copy", seconds=1)
    await world.redis.kill(copy)


async def same_picture(world: World, node: int) -> None:
    """A request for a picture is removed just when a second request for the same one arrives."""
    await world.up()
    parameters = {"tag": "image", "seed": 7, "prompt": f"twins {len(world.twins)}"}
    first = await submitted(world, node, parameters)
    path = world.data / "feedmill.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as database:
        done = "SELECT 1 FROM requests WHERE id = ? AND finished_at IS NOT NULL"
        finished = partial(database.execute, done, (first,))
        await wait_until(lambda: finished().fetchone(), "the first request is final")
        old = "UPDATE requests SET finished_at = 1, id = '0' || substr(id, 2) WHERE id = ?"
        database.execute("BEGIN IMMEDIATE")
        database.execute(old, (first,))  # the new id says 1970
        for table in ("parts", "events", "failures"):
            moved = f"UPDATE {table} SET request_id = '0' || substr(request_id, 2)"
            database.execute(f"{moved} WHERE request_id = ?", (first,))
        database.execute("COMMIT")
    world.twins.append(await submitted(world, node, parameters))


async def submitted(world: World, node: int, parameters: dict[str, Any]) -> str:
    """The id of a request, as soon as the node accepts it."""
    async with ClientSession() as http:

        async def accepted() -> str:
            with contextlib.suppress(ClientError, OSError, TimeoutError):
                if world.nodes[node].url:
                    url = world.nodes[node].url + "/content"
                    async with http.post(url, json=parameters) as answer:
                        if answer.status == 202:
                            return str((await answer.json())["RequestId"])
            return ""

        return str(await eventually(accepted, "the node accepts it"))


async def resize(world: World, _node: int) -> None:
    world.resize()


@contextlib.asynccontextmanager
async def hanging(world: World) -> AsyncIterator[None]:
    pid = await world.redis.pid()
    signal_to(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        signal_to(pid, signal.SIGCONT)


@contextlib.asynccontextmanager
async def full(world: World) -> AsyncIterator[None]:
    await world.redis.pid()
    with contextlib.suppress(RedisUnavailable):
        await world.redis.command("CONFIG", "SET", "maxmemory", 1)
    try:
        yield
    finally:
        # a Redis that was restarted in between has no such limit any more
        await world.redis.pid()
        with contextlib.suppress(RedisUnavailable):
            await world.redis.command("CONFIG", "SET", "maxmemory", 0)


@contextlib.asynccontextmanager
async def locked(world: World) -> AsyncIterator[None]:
    """Another connection holds the write lock."""
    path = world.data / "feedmill.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:

        def has_lock() -> bool:
            with contextlib.suppress(sqlite3.OperationalError):  # the service is committing
                other.execute("BEGIN EXCLUSIVE")
            return other.in_transaction

        await wait_until(has_lock, "the write lock is taken")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


@contextlib.asynccontextmanager
async def wrong_clock(world: World) -> AsyncIterator[None]:
    """The wall clock of all processes is wrong."""
    world.clock.set(next(world.steps))
    try:
        yield
    finally:
        world.clock.set(0)


@contextlib.asynccontextmanager
async def unread_log(world: World) -> AsyncIterator[None]:
    """The logs of all processes are not read."""
    await world.up()
    with contextlib.ExitStack() as stack:
        for node in world.nodes:
            stack.enter_context(node.log_unread())
        yield


Fault = Callable[[World, int], Awaitable[None]]
Lasting = Callable[[World], contextlib.AbstractAsyncContextManager[None]]

SUDDEN: dict[str, Fault] = {
    "kill the service": kill_service,
    "kill Redis": kill_redis,
    "flush Redis": flush_redis,
    "Redis comes back empty": empty_redis,
    "Redis comes back older": older_redis,
    "restart the service": restart_service,
    "resize the pools": resize,
    "the same picture again": same_picture,
}
LASTING: dict[str, Lasting] = {
    "Redis hangs": hanging,
    "Redis is full": full,
    "SQLite is locked": locked,
    "the clock is set wrong": wrong_clock,
    "the log is not read": unread_log,
}
