"""The order in which waiting requests begin while each client may only have so many at work.

It is found by running through it: while a client is at its limit, others go ahead of its requests.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from service.queueing.fair_places import Ahead, FairPlaces

MAX_STEPS = 20_000  # of requests that begin; what comes after them is extrapolated


class Room(NamedTuple):
    """How many workers there are, and how many jobs of each client may run at once."""

    workers: int
    each: int


@dataclass(slots=True)
class _Client:
    """A client on the way through the order."""

    cost: float
    most: int
    running: int = 0
    first_ends: list[float] = field(default_factory=list)
    """When the jobs that run at the beginning are done."""
    passed_over: list[tuple[int, float]] = field(default_factory=list)
    """Its lines, by rank and virtual time, that wait for the end of one of its jobs."""


@dataclass(slots=True)
class _Begun:
    """What begins of one line: when each request does, and how many of all lines do before it."""

    times: list[float] = field(default_factory=list)
    before: list[int] = field(default_factory=list)


class LimitedOrder:
    """The order of all priorities, the most urgent first.

    `running` says how many jobs of each client are at work; one that has more than its room, in
    other processes, may have as many. `work` is the time that a usual job takes.
    """

    def __init__(
        self,
        order: Sequence[FairPlaces],
        running: Mapping[str, int],
        room: Room,
        *,
        work: float,
        lower_share: float,
    ) -> None:
        self._order = order
        self._room = room
        self._work = work
        self._lines = [
            sorted((line.start, client) for client, line in places.lines.items())
            for places in order
        ]
        self._waiting = sum(places.length for places in order)
        self._clients: dict[str, _Client] = {}
        self._begun: dict[tuple[int, str], _Begun] = {}
        self._times: list[float] = []  # of everything that begins
        self._virtual: list[tuple[list[float], list[int]]] = [([], []) for _ in order]
        """By rank: the virtual times that are reached, and by which of all that begin."""
        self._idle: Ahead | None = (
            None  # when a worker is free and only clients at their limit wait
        )
        self._ends: list[tuple[float, str]] = []
        for client, count in running.items():
            known = self._client(client)
            known.running, known.most = count, max(known.most, count)
            known.first_ends = [known.cost * (place + 0.5) / count for place in range(count)]
            self._ends += [(end, client) for end in known.first_ends]
        heapq.heapify(self._ends)
        self._free = max(0, room.workers - len(self._ends))
        self._now = 0.0
        self._run(lower_share)

    def ahead(self, rank: int, client: str, place: int) -> Ahead:
        """How many begin before the request at this place of a line, and in how many seconds.

        A place behind all of its line is that of a request which comes now.
        """
        begun = self._begun.get((rank, client), _Begun())
        if place < len(begun.times):
            return Ahead(begun.before[place], begun.times[place])
        turn = self._turn(self._order[rank].virtual_time(client, place), rank)
        free = self._free_time(client, begun, place)
        if free <= turn.seconds:
            return turn
        if free <= self._end:
            return Ahead(max(turn.requests, bisect_left(self._times, free)), free)
        pace = len(self._times) / self._end if self._end else 0.0
        unknown = max(0, self._waiting - len(self._times))
        return Ahead(len(self._times) + min((free - self._end) * pace, unknown), free)

    def _run(self, lower_share: float) -> None:
        """Let everything begin."""
        every = (1 - lower_share) / lower_share if lower_share else 0.0
        since = 0  # requests that have begun since one of lower priority
        places: Counter[tuple[int, str]] = Counter()
        for _ in range(min(self._waiting, MAX_STEPS)):
            lower = bool(every) and since + 1e-9 >= every
            while not self._free or (found := self._next(lower=lower)) is None:
                if self._free and self._idle is None:
                    self._idle = Ahead(len(self._times), self._now)
                self._finish()
            rank, virtual, client = found
            is_lower = any(self._lines[:rank])
            since = 0 if is_lower or not any(self._lines[rank + 1 :]) else since + 1
            self._begin(rank, virtual, client)
            places[rank, client] += 1
            line = self._order[rank].lines[client]
            if places[rank, client] < line.length:
                heapq.heappush(self._lines[rank], (virtual + line.step, client))
        self._end = self._now if self._free or not self._ends else self._ends[0][0]

    def _next(self, *, lower: bool) -> tuple[int, float, str] | None:
        """Remove and return the next request of a client below its limit; pass over the others."""
        ranks = [rank for rank, line in enumerate(self._lines) if line]
        for rank in [*ranks[1:], *ranks[:1]] if lower else ranks:
            while self._lines[rank]:
                virtual, client = heapq.heappop(self._lines[rank])
                known = self._client(client)
                if known.running < known.most:
                    return rank, virtual, client
                known.passed_over.append((rank, virtual))
        return None

    def _begin(self, rank: int, virtual: float, client: str) -> None:
        known = self._client(client)
        known.running += 1
        self._free -= 1
        heapq.heappush(self._ends, (self._now + known.cost, client))
        begun = self._begun.setdefault((rank, client), _Begun())
        begun.times.append(self._now)
        begun.before.append(len(self._times))
        reached, by = self._virtual[rank]
        if not reached or virtual > reached[-1]:
            reached.append(virtual)
            by.append(len(self._times))
        self._times.append(self._now)

    def _finish(self) -> None:
        """Go on to the end of the next job."""
        self._now, client = heapq.heappop(self._ends)
        self._free += 1
        known = self._client(client)
        known.running -= 1
        for rank, virtual in known.passed_over:
            heapq.heappush(self._lines[rank], (virtual, client))
        known.passed_over.clear()

    def _client(self, client: str) -> _Client:
        known = self._clients.get(client)
        if known is None:
            costs = (places.lines[client].cost for places in self._order if client in places.lines)
            known = self._clients[client] = _Client(next(costs, self._work), self._room.each)
        return known

    def _turn(self, virtual: float, rank: int) -> Ahead:
        """When others let a request with this virtual time begin."""
        reached, by = self._virtual[rank]
        index = bisect_right(reached, virtual)
        turn = Ahead(len(self._times), self._end)
        if index < len(by):
            turn = Ahead(by[index], self._times[by[index]])
        return turn if self._idle is None or turn.seconds < self._idle.seconds else self._idle

    def _free_time(self, client: str, begun: _Begun, place: int) -> float:
        """When so few jobs of a client are at work that this one may begin."""
        known = self._clients.get(client)
        if known is None:
            return 0.0
        earlier = place - known.most  # the job whose end makes room
        if earlier < 0:
            index = earlier + len(known.first_ends)
            return known.first_ends[index] if index >= 0 else 0.0
        last = len(begun.times) - 1
        if earlier <= last:
            return begun.times[earlier] + known.cost
        began = begun.times[last] if begun.times else 0.0
        return began + (place - last) * known.cost / known.most
