"""How much is queued of each kind, and how fast it goes: what admission decides by."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from service.messages import Kind

SMOOTHING = 0.05  # weight of the newest finished part in the measured rate
MAX_RETRY_AFTER_SECONDS = 3600  # seconds a client is told to wait at most


class QueueFull(Exception):
    """The queue of this kind takes no more just now; try again after `retry_after` seconds."""

    def __init__(self, kind: Kind, limit: int, retry_after: int) -> None:
        super().__init__(f"The {kind} queue is full ({limit} waiting); try again later.")
        self.limit = limit
        self.retry_after = retry_after


class Admission:
    """Counts unfinished parts. Taking a place and counting it is one step: the bound is exact."""

    def __init__(self, counts: Mapping[Kind, int]) -> None:
        self._counts: Counter[Kind] = Counter(counts)
        self._gap: dict[Kind, float] = {}
        self._last: dict[Kind, float] = {}
        self._work: dict[Kind, float] = {}

    def __getitem__(self, kind: Kind) -> int:
        return self._counts[kind]

    def take(self, kinds: Sequence[Kind], limits: Mapping[Kind, int]) -> None:
        """Take a place in the queue of each kind, or none of them. Raises QueueFull."""
        for kind in kinds:
            if self._counts[kind] >= limits[kind]:
                raise QueueFull(kind, limits[kind], self._retry_after(kind))
        self.take_back(kinds)

    def take_back(self, kinds: Iterable[Kind]) -> None:
        """Take a place in the queue of each kind for a request that was accepted before."""
        for kind in kinds:
            if self._counts[kind] == 0:
                self._last[kind] = time.monotonic()  # time spent idle says nothing of the rate
            self._counts[kind] += 1

    def release(self, kinds: Iterable[Kind]) -> None:
        """The request for which places were taken was not accepted after all, or has ended."""
        self._counts.subtract(kinds)

    def correct(self, counts: Mapping[Kind, int]) -> None:
        """Take over what the database counts: another process accepts and finishes, too."""
        self._counts = Counter(counts)

    def done(self, kind: Kind, number: int, work: Sequence[float]) -> None:
        """So many parts are final: their places are free. `work` is seconds, of some of them.

        The time since the last ones tells the rate.
        """
        self._counts[kind] -= number
        now = time.monotonic()
        gap = (now - self._last.get(kind, now)) / number
        self._last[kind] = now
        self._gap[kind] = _smoothed(self._gap.get(kind), gap, number)
        if work:
            mean = sum(work) / len(work)
            self._work[kind] = _smoothed(self._work.get(kind), mean, len(work))

    def eta(self, kind: Kind, position: int, workers: int) -> float | None:
        """Seconds until a part behind `position` others is done, as far as was measured.

        When all workers are busy they get through one job every `gap`; then it takes its own time.
        """
        work = self._work.get(kind)
        if work is None:
            return None
        gap = max(self._gap[kind], work / workers)
        return round(max(0, position - workers + 1) * gap + work, 1)

    def _retry_after(self, kind: Kind) -> int:
        # by the time a tenth of the queue is done, a place is free even if others wait for it too
        seconds = self._gap.get(kind, 1.0) * max(1.0, self._counts[kind] / 10)
        return min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(seconds)))


def _smoothed(before: float | None, value: float, times: int) -> float:
    kept = (1 - SMOOTHING) ** times
    return value if before is None else before * kept + value * (1 - kept)
