"""Places in the fair order: how many requests of other clients come before one of a client."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

MAX_LINES = 500  # looked at for one place; with more clients that have several requests, a sample


class Line(NamedTuple):
    """The requests of one client that wait: the virtual start of the first, and each one's cost.

    `cost` is in seconds; `step` is what one of them moves the client's time ahead.
    """

    start: float
    cost: float
    step: float
    length: int


class Ahead(NamedTuple):
    """What comes before a request: so many others, and the seconds that they take."""

    requests: float
    seconds: float


class FairPlaces:
    """The order of the requests of one priority, by the lines of their clients."""

    def __init__(
        self, lines: Mapping[str, Line], start_of: Callable[[str], float] = lambda _client: 0.0
    ) -> None:
        """`start_of` is the virtual start of a client that has no line yet."""
        self.lines = lines
        self._start_of = start_of
        self._first = min((line.start for line in lines.values()), default=0.0)
        self.length = sum(line.length for line in lines.values())
        self.seconds = sum(line.length * line.cost for line in lines.values())
        singles = sorted((line.start, line.cost) for line in lines.values() if line.length == 1)
        self._single_starts = [start for start, _ in singles]
        self._single_seconds = [0.0, *accumulate(cost for _, cost in singles)]
        several = [line for line in lines.values() if line.length > 1]
        self._stride = max(1, math.ceil(len(several) / MAX_LINES))
        self._several = several[:: self._stride]

    def virtual_time(self, client: str, place: int) -> float:
        """The virtual start of the request at this place, from 0, in the line of a client."""
        own = self._line(client)
        return own.start + place * own.step

    def _line(self, client: str) -> Line:
        own = self.lines.get(client)
        if own is None:  # it comes now: behind those whose time is smaller, or as small
            own = Line(max(self._start_of(client), self._first), 0.0, 0.0, 0)
        return own

    def ahead(self, client: str, place: int) -> Ahead:
        """What comes before the request at this place, from 0, in the line of a client."""
        own = self._line(client)
        start = own.start + place * own.step
        requests, seconds = 0.0, 0.0
        for line in self._several:
            if line is not own and line.start < start:
                count = min(line.length, math.ceil((start - line.start) / line.step))
                requests += count
                seconds += count * line.cost
        find = bisect_left if own.length else bisect_right
        singles = find(self._single_starts, start)
        if own.length == 1 and own.start < start:
            singles -= 1
        return Ahead(
            place + requests * self._stride + singles,
            place * own.cost + seconds * self._stride + self._single_seconds[singles],
        )


def with_other_priorities(
    ahead: Ahead, rank: int, order: Sequence[FairPlaces], lower_share: float
) -> Ahead:
    """What comes before a request of this rank, with what is ahead in its own priority.

    More urgent requests, but only so many that the lower ones have their share; and of less urgent
    ones, what their share is.
    """
    requests, seconds = ahead
    own = requests + 1
    above = Ahead(
        sum(places.length for places in order[:rank]), sum(p.seconds for p in order[:rank])
    )
    if lower_share:
        above = _part(above, own * (1 - lower_share) / lower_share)
    below = Ahead(
        sum(places.length for places in order[rank + 1 :]),
        sum(p.seconds for p in order[rank + 1 :]),
    )
    below = _part(below, math.floor(own * lower_share / (1 - lower_share)))
    return Ahead(
        requests + above.requests + below.requests, seconds + above.seconds + below.seconds
    )


def _part(whole: Ahead, requests: float) -> Ahead:
    """So many of these requests at most."""
    if requests >= whole.requests:
        return whole
    return Ahead(requests, whole.seconds * requests / whole.requests)
