"""The load driver: the requests of each phase, and the figures that result."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import count, cycle

from benchmarks import processes
from benchmarks.client import Client
from benchmarks.jobs import Fate, Jobs

CONNECTIONS = 32
LOOK_AGAIN = 0.02  # seconds between two views while the queue drains
LAST = 8  # jobs that are viewed while the queue drains, before all are viewed
PATIENCE = 120.0  # seconds after which a job that is not done counts as lost

Figures = dict[str, float]
Fates = dict[str, Fate]


class Unchecked(Exception):
    """An answer was wrong, so the figures mean nothing."""


async def all_of(
    work: Callable[[int], Awaitable[object]], numbers: Iterable[int], connections: int = CONNECTIONS
) -> None:
    """Do `work` for all numbers over so many connections, each with one request at a time."""
    left = iter(numbers)

    async def connection() -> None:
        for number in left:
            await work(number)

    await asyncio.gather(*(connection() for _ in range(connections)))


def until(end: float) -> Iterator[int]:
    """Numbers until this time of time.perf_counter(); at least one, however busy the machine is."""
    for number in count():
        if number and time.perf_counter() >= end:
            return
        yield number


def percentile(seconds: Sequence[float], percent: float) -> float:
    """A percentile in milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000


async def end_to_end(
    jobs: Jobs, number: int, pid: int, patience: float = PATIENCE
) -> tuple[Figures, Fates]:
    """Submit so many jobs as fast as possible; the time ends when all are seen done."""
    used, began = processes.cpu(pid), time.perf_counter()
    await all_of(jobs.submit, range(number))
    accepted = time.perf_counter()
    ended, used_then, fates = await _drain(jobs, pid, patience)
    figures = {
        "accepted_per_s": len(jobs) / (accepted - began),
        "jobs_per_s": len(jobs) / (ended - began),
        "cpu_ms_per_job": (used_then - used) / max(1, len(jobs)) * 1000,
    }
    return figures, fates


async def _drain(jobs: Jobs, pid: int, patience: float) -> tuple[float, float, Fates]:
    """View the last jobs until they are done, then all jobs.

    Returns when all were done, the CPU time used until then, and all fates.
    """
    limit = time.perf_counter() + patience
    last = list(jobs.prompts)[-LAST:]
    while last and time.perf_counter() < limit:
        if await jobs.look(last[0]) == "pending":
            await asyncio.sleep(LOOK_AGAIN)
        else:
            last.pop(0)
    fates: Fates = {}
    pending = list(jobs.prompts)
    while True:
        # jobs that are seen done were done before this pass
        ended, used = time.perf_counter(), processes.cpu(pid)
        await look_at(jobs, pending, fates)
        pending = [id_ for id_ in pending if fates[id_] == "pending"]
        if not pending or time.perf_counter() > limit:
            return ended, used, fates
        await asyncio.sleep(LOOK_AGAIN)


async def look_at(jobs: Jobs, ids: Sequence[str], fates: Fates) -> None:
    """View these jobs and store their fates."""

    async def look(number: int) -> None:
        fates[ids[number]] = await jobs.look(ids[number])

    await all_of(look, range(len(ids)))


async def submitting(jobs: Jobs, seconds: float) -> Figures:
    """Submit as fast as possible for so many seconds."""
    took: list[float] = []

    async def submit(number: int) -> None:
        began = time.perf_counter()
        await jobs.submit(number)
        took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await all_of(submit, until(began + seconds))
    return {
        "per_s": len(jobs) / (time.perf_counter() - began),
        "p99_ms": percentile(took, 99),
    }


async def viewing(jobs: Jobs, seconds: float, pid: int) -> Figures:
    """View jobs that are done for so many seconds. Raises Unchecked."""
    ids = cycle(jobs.prompts)
    took: list[float] = []

    async def look(_number: int) -> None:
        id_ = next(ids)
        began = time.perf_counter()
        fate = await jobs.look(id_)
        took.append(time.perf_counter() - began)
        if fate != "done":
            raise Unchecked(f"a finished job was seen {fate}")

    return await _reading(look, seconds, pid, took)


async def reading_feeds(
    client: Client, feeds: Sequence[tuple[str, bytes]], seconds: float, pid: int
) -> Figures:
    """Read feeds for so many seconds, given as target and right answer. Raises Unchecked."""
    turns = cycle(feeds)
    took: list[float] = []

    async def read(_number: int) -> None:
        target, expected = next(turns)
        began = time.perf_counter()
        answer = await client.post(target)
        took.append(time.perf_counter() - began)
        if answer[0] != 200 or answer[1].removesuffix(b"\n") != expected:
            raise Unchecked(f"a feed was wrong: {answer[0]} {answer[1][:200]!r}")

    await all_of(read, range(len(feeds)), 1)  # feeds are built when they are first read
    took.clear()
    return await _reading(read, seconds, pid, took)


async def _reading(
    read: Callable[[int], Awaitable[object]], seconds: float, pid: int, took: list[float]
) -> Figures:
    used, began = processes.cpu(pid), time.perf_counter()
    await all_of(read, until(began + seconds))
    ended = time.perf_counter()
    return {
        "per_s": len(took) / (ended - began),
        "p99_ms": percentile(took, 99),
        "cpu_ms": (processes.cpu(pid) - used) / len(took) * 1000,
    }


async def at_a_rate(
    jobs: Jobs, rate: float, seconds: float, look_again: float
) -> tuple[Figures, Fates]:
    """Submit at a fixed rate, even if the server is slow, and view each job until it is done.

    `look_again` is the seconds between two views, and so the resolution of the latencies.
    """
    took: list[float] = []
    fates: Fates = {}
    start = time.perf_counter()

    async def job(number: int) -> None:
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        began = time.perf_counter()
        id_ = await jobs.submit(number)
        if id_ is None:
            return
        fates[id_] = "pending"
        while fates[id_] == "pending" and time.perf_counter() < began + PATIENCE:
            fates[id_] = await jobs.look(id_)
            if fates[id_] == "pending":
                await asyncio.sleep(look_again)
        took.append(time.perf_counter() - began)

    await asyncio.gather(*(job(number) for number in range(int(rate * seconds))))
    return {"p50_ms": percentile(took, 50), "p99_ms": percentile(took, 99)}, fates
