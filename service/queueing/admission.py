"""Admission control: counts queued parts of each pool and measures how fast they are done."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from service.queueing.client_queues import ClientQueues
from service.store.sql.requests.request_records import Load, Place

NEWEST_WEIGHT = 0.05  # of the newest finished part in the measured rate, a fraction
STEADY_WEIGHT = 0.005  # the same for the ratio of gaps and work
ASSUMED_PARTS = 20  # of each worker, done without a loss of time, that this ratio begins with
LONG_GAP = 4.0  # a gap is long from here on, in multiples of the mean gap
LONG_WORK = 2.0  # and of what a part takes; a part is long from here on
RARE_PARTS = 200  # a long gap or part is an exception if none came within so many before
MAX_RETRY_AFTER_SECONDS = 3600


class QueueFull(Exception):
    """The queue of this pool is full; try again after `retry_after` seconds.

    `left` is the room left under the exceeded limit: parts, or bytes of requests.
    """

    def __init__(self, what: str, bound: Load, left: int, retry_after: int) -> None:
        super().__init__(f"The {what}; try again later.")
        self.by_size = bound.size > 0
        self.limit = bound.size or bound.parts
        self.left = left
        self.retry_after = retry_after


class QueueBounds(Protocol):
    """The keys of a pool's configuration that bound its queue."""

    @property
    def max_queued(self) -> int: ...

    @property
    def max_queued_bytes(self) -> int: ...


class Pace(NamedTuple):
    """Seconds that a part takes, and how much slower busy workers are together than they could be.

    They finish one part every `work * slowness / workers` seconds.
    """

    work: float
    slowness: float


@dataclass(slots=True)
class _Outliers:
    """Limits a value that is far above the usual ones; such values count in full if they recur."""

    latest: float = 0.0
    since: int = 0  # parts

    def limited(self, value: float, most: float, parts: int) -> float:
        """What a value of so many parts counts as; `most` is 0 while no usual one is known."""
        self.since += parts
        if not most or value <= most:
            return value
        before = self.latest if self.since <= RARE_PARTS else 0.0
        self.latest, self.since = value, 0
        return max(most, min(value, before))


@dataclass(slots=True)
class _Overhead:
    """Seconds between two parts that are done, and that a part takes: means of many parts.

    Their ratio has to be steadier than either: clients differ in what their parts take.
    """

    gap: float = 0.0
    work: float = 0.0
    parts: int = 0
    stalls: _Outliers = field(default_factory=_Outliers)

    def without_stall(self, gap: float, work: float, parts: int) -> float:
        """What a gap before so many parts counts as."""
        most = max(LONG_GAP * self.gap, LONG_WORK * max(self.work, work))
        return self.stalls.limited(gap, most, parts)

    def observe(self, gap: float, work: float, parts: int) -> None:
        self.parts += parts
        weight = max(parts / self.parts, 1 - (1 - STEADY_WEIGHT) ** parts)
        self.gap += weight * (gap - self.gap)
        self.work += weight * (work - self.work)

    def slowness(self, workers: int) -> float:
        """The ratio; 1 until enough parts have shown something else."""
        if not self.work:
            return 1.0
        assumed = ASSUMED_PARTS * workers
        ratio = self.gap * workers / self.work
        return max(1.0, (ratio * self.parts + assumed) / (self.parts + assumed))


class Admission:
    """The unfinished parts of each pool and the bytes of their requests, bounded by limits.

    Checking a limit and counting is one step, so the limits are exact. `clients` has the limit for
    each client.
    """

    def __init__(self, loads: Mapping[str, Load], clients: ClientQueues | None = None) -> None:
        self.clients = clients or ClientQueues(_none_unfinished)
        self._counts: Counter[str] = Counter()
        self._gap: dict[str, float] = {}
        self._last: dict[str, float] = {}  # when a gap began: time.monotonic(), if it is known
        self.correct(loads)
        self._work: dict[str, float] = {}
        self._long_parts: dict[str, _Outliers] = {}
        self._overheads: dict[str, _Overhead] = {}
        self._workers: dict[str, int] = {}  # that there were when the overhead was asked for

    def __getitem__(self, pool: str) -> int:
        return self._counts[pool]

    @property
    def pools(self) -> list[str]:
        """The pools that have been counted."""
        return [*self._counts]

    def size(self, pool: str) -> int:
        """Bytes of the waiting requests."""
        return self._sizes[pool]

    def admit(self, places: Sequence[Place], bounds_of: Callable[[str], QueueBounds]) -> None:
        """Take all these places, or none of them. Raises QueueFull.

        An empty queue takes a prompt of any length.
        """
        counts, sizes = self._counts, self._sizes
        for number, (pool, size) in enumerate(places):
            bounds, count = bounds_of(pool), counts[pool]
            if count >= bounds.max_queued:
                self.release(places[:number])
                most = bounds.max_queued
                full = f"{pool} queue is full ({most} waiting)"
                raise QueueFull(full, Load(most, 0), 0, self._retry_after(pool))
            if count and sizes[pool] + size > bounds.max_queued_bytes:
                most = bounds.max_queued_bytes
                left = max(0, most - sizes[pool])
                self.release(places[:number])
                full = f"{pool} queue is full (it holds {most} bytes of prompts and options)"
                raise QueueFull(full, Load(0, most), left, self._retry_after(pool))
            if count == 0:
                self._last[pool] = time.monotonic()  # idle time must not count in the rate
            counts[pool] = count + 1
            sizes[pool] += size

    def readmit(self, places: Iterable[Place]) -> None:
        """Take these places for a request that was accepted before."""
        for pool, size in places:
            if self._counts[pool] == 0:
                self._last[pool] = time.monotonic()  # as above
            self._counts[pool] += 1
            self._sizes[pool] += size

    def release(self, places: Iterable[Place]) -> None:
        """Release the places of a request that was not accepted after all, or has ended."""
        for pool, size in places:
            self._counts[pool] -= 1
            self._sizes[pool] -= size

    def loads(self) -> dict[str, Load]:
        """All counts."""
        return {pool: Load(count, self._sizes[pool]) for pool, count in self._counts.items()}

    def correct(self, loads: Mapping[str, Load]) -> None:
        """Replace the counts by those of the database: other processes accept and finish too."""
        before = self._counts
        self._counts = Counter({pool: load.parts for pool, load in loads.items()})
        for pool, count in self._counts.items():
            if count > 0 and before[pool] <= 0:
                self.resumed(pool)
        self._sizes = Counter({pool: load.size for pool, load in loads.items()})

    def resumed(self, pool: str) -> None:
        """Time until now must not count in the rate: the pool was paused or idle."""
        self._last.pop(pool, None)

    def complete_parts(self, pool: str, load: Load, work: Sequence[float]) -> None:
        """Release the places of final parts. `work` has the seconds that some of them took.

        The time since the last call gives the rate.
        """
        number = load.parts
        self._counts[pool] -= number
        self._sizes[pool] -= load.size
        mean = self._usual_work(pool, work)
        now = time.monotonic()
        last, self._last[pool] = self._last.get(pool), now
        if work:
            self._work[pool] = _smoothed(self._work.get(pool), mean, len(work))
        if last is None:
            return
        overhead = self._overheads.setdefault(pool, _Overhead())
        gap = overhead.without_stall((now - last) / number, mean, number)
        if self._counts[pool] > 0 or pool not in self._gap:  # the last one ends no gap
            self._gap[pool] = _smoothed(self._gap.get(pool), gap, number)
        if work and self._counts[pool] > 0:
            overhead.observe(gap, mean, number)

    def _usual_work(self, pool: str, work: Sequence[float]) -> float:
        """The mean of what parts took, without that of a stall; 0 if none was generated."""
        if not work:
            return 0.0
        most = LONG_WORK * self._work.get(pool, 0.0)
        long_parts = self._long_parts.setdefault(pool, _Outliers())
        return long_parts.limited(sum(work) / len(work), most, len(work))

    def work(self, pool: str) -> float:
        """Seconds that a part takes, over the latest ones; 1 without data."""
        return self._work.get(pool, 1.0)

    def pace(self, pool: str, workers: int) -> Pace | None:
        """How fast parts are done by so many workers; None without data."""
        work = self._work.get(pool)
        if work is None:
            return None
        if self._workers.setdefault(pool, workers) != workers:
            self._workers[pool] = workers
            self._overheads.pop(pool, None)
        overhead = self._overheads.get(pool) or _Overhead()
        return Pace(work, overhead.slowness(workers))

    def retry_after_one(self, pools: Iterable[str], clients: int) -> int:
        """Seconds until one of several clients, which share the pools, has one part done."""
        seconds = max(self._gap.get(pool, 1.0) for pool in pools) * max(1, clients)
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))

    def _retry_after(self, pool: str) -> int:
        # when a tenth of the queue is done, there is a free place even if others retry too
        seconds = self._gap.get(pool, 1.0) * max(1.0, self._counts[pool] / 10)
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))


async def _none_unfinished() -> Mapping[str, str]:
    return {}


def _smoothed(before: float | None, value: float, times: int) -> float:
    weight = (1 - NEWEST_WEIGHT) ** times
    return value if before is None else before * weight + value * (1 - weight)
