"""Admission control: counts queued parts of each kind and measures how fast they are done."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.messages import Kind
from service.queueing.client_queues import ClientQueues
from service.store.sql.request_records import Load, Place

NEWEST_WEIGHT = 0.05  # of the newest finished part in the measured rate, a fraction
STEADY_WEIGHT = 0.005  # the same for the ratio of gaps and work
MAX_RETRY_AFTER_SECONDS = 3600


class QueueFull(Exception):
    """The queue of this kind is full; try again after `retry_after` seconds.

    `left` is the room left under the exceeded limit: parts, or bytes of requests.
    """

    def __init__(self, what: str, bound: Load, left: int, retry_after: int) -> None:
        super().__init__(f"The {what}; try again later.")
        self.by_size = bound.size > 0
        self.limit = bound.size or bound.parts
        self.left = left
        self.retry_after = retry_after


class Pace(NamedTuple):
    """Seconds that a part takes, and how much slower busy workers are together than they could be.

    They finish one part every `work * slowness / workers` seconds.
    """

    work: float
    slowness: float


@dataclass(slots=True)
class _Overhead:
    """Seconds between two parts that are done, and that a part takes: means of many parts.

    Their ratio has to be steadier than either: clients differ in what their parts take.
    """

    gap: float = 0.0
    work: float = 0.0
    parts: int = 0

    def observe(self, gap: float, work: float, parts: int) -> None:
        self.parts += parts
        weight = max(parts / self.parts, 1 - (1 - STEADY_WEIGHT) ** parts)
        self.gap += weight * (gap - self.gap)
        self.work += weight * (work - self.work)

    def slowness(self, workers: int) -> float:
        return max(1.0, self.gap * workers / self.work) if self.work else 1.0


class Admission:
    """The unfinished parts of each kind and the bytes of their requests, bounded by limits.

    Checking a limit and counting is one step, so the limits are exact. `clients` has the limit for
    each client.
    """

    def __init__(self, loads: Mapping[Kind, Load], clients: ClientQueues | None = None) -> None:
        self.clients = clients or ClientQueues(_none_unfinished)
        self.correct(loads)
        self._gap: dict[Kind, float] = {}
        self._last: dict[Kind, float] = {}
        self._work: dict[Kind, float] = {}
        self._overheads: dict[Kind, _Overhead] = {}
        self._workers: dict[Kind, int] = {}  # that there were when the overhead was asked for

    def __getitem__(self, kind: Kind) -> int:
        return self._counts[kind]

    def size(self, kind: Kind) -> int:
        """Bytes of the waiting requests."""
        return self._sizes[kind]

    def admit(self, places: Sequence[Place], limits: Mapping[Kind, Load]) -> None:
        """Take all these places, or none of them. Raises QueueFull.

        An empty queue takes a prompt of any length.
        """
        for number, (kind, size) in enumerate(places):
            limit, count = limits[kind], self._counts[kind]
            if count >= limit.parts:
                self.release(places[:number])
                full = f"{kind} queue is full ({limit.parts} waiting)"
                raise QueueFull(full, Load(limit.parts, 0), 0, self._retry_after(kind))
            if count and self._sizes[kind] + size > limit.size:
                left = max(0, limit.size - self._sizes[kind])
                self.release(places[:number])
                full = f"{kind} queue is full (it holds {limit.size} bytes of prompts and options)"
                raise QueueFull(full, Load(0, limit.size), left, self._retry_after(kind))
            if count == 0:
                self._last[kind] = time.monotonic()  # idle time must not count in the rate
            self._counts[kind] = count + 1
            self._sizes[kind] += size

    def readmit(self, places: Iterable[Place]) -> None:
        """Take these places for a request that was accepted before."""
        for kind, size in places:
            if self._counts[kind] == 0:
                self._last[kind] = time.monotonic()  # as above
            self._counts[kind] += 1
            self._sizes[kind] += size

    def release(self, places: Iterable[Place]) -> None:
        """Release the places of a request that was not accepted after all, or has ended."""
        for kind, size in places:
            self._counts[kind] -= 1
            self._sizes[kind] -= size

    def correct(self, loads: Mapping[Kind, Load]) -> None:
        """Replace the counts by those of the database: other processes accept and finish too."""
        self._counts = Counter({kind: load.parts for kind, load in loads.items()})
        self._sizes = Counter({kind: load.size for kind, load in loads.items()})

    def complete_parts(self, kind: Kind, load: Load, work: Sequence[float]) -> None:
        """Release the places of final parts. `work` has the seconds that some of them took.

        The time since the last call gives the rate.
        """
        number = load.parts
        self._counts[kind] -= number
        self._sizes[kind] -= load.size
        now = time.monotonic()
        gap = (now - self._last.get(kind, now)) / number
        self._last[kind] = now
        if self._counts[kind] > 0 or kind not in self._gap:  # the last one ends no gap
            self._gap[kind] = _smoothed(self._gap.get(kind), gap, number)
        if work:
            mean = sum(work) / len(work)
            self._work[kind] = _smoothed(self._work.get(kind), mean, len(work))
            if self._counts[kind] > 0:
                self._overheads.setdefault(kind, _Overhead()).observe(gap, mean, number)

    def work(self, kind: Kind) -> float:
        """Seconds that a part takes, over the latest ones; 1 without data."""
        return self._work.get(kind, 1.0)

    def pace(self, kind: Kind, workers: int) -> Pace | None:
        """How fast parts are done by so many workers; None without data."""
        work = self._work.get(kind)
        if work is None:
            return None
        if self._workers.get(kind) != workers:
            self._workers[kind] = workers
            self._overheads.pop(kind, None)
        overhead = self._overheads.get(kind) or _Overhead(self._gap[kind], work)
        return Pace(work, overhead.slowness(workers))

    def retry_after_one(self, kinds: Iterable[Kind], clients: int) -> int:
        """Seconds until one of several clients, which share the pools, has one part done."""
        seconds = max(self._gap.get(kind, 1.0) for kind in kinds) * max(1, clients)
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))

    def _retry_after(self, kind: Kind) -> int:
        # when a tenth of the queue is done, there is a free place even if others retry too
        seconds = self._gap.get(kind, 1.0) * max(1.0, self._counts[kind] / 10)
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))


async def _none_unfinished() -> Mapping[str, str]:
    return {}


def _smoothed(before: float | None, value: float, times: int) -> float:
    weight = (1 - NEWEST_WEIGHT) ** times
    return value if before is None else before * weight + value * (1 - weight)
