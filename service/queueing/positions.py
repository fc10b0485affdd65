"""Positions in the queue: exact in a short queue, estimated in a long one."""

from __future__ import annotations

import asyncio
import math
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from service.messages import PRIORITIES, Kind
from service.queueing.admission import Admission
from service.queueing.fair_places import Ahead, FairPlaces, Line, with_other_priorities
from service.queueing.limited_order import LimitedOrder, Room
from service.queueing.shares import UNKNOWN, CurrentShares
from service.store.database import Database, Rows
from service.store.redis.fair.fair_queue import Shares
from service.store.sql.queues.queue_listing import NextCandidate
from service.store.sql.requests.request_records import CLIENT, POOL, Position, Request

MAX_MARKS = 1000  # of a queue with more, a snapshot is used again, and has a sample of long lines
SNAPSHOT_COST_FACTOR = 20.0  # lifetime of such a snapshot, in multiples of what it took
MIN_STEP_SECONDS = 1e-9  # by which a job moves its client ahead
RANKS = {priority: rank for rank, priority in enumerate(PRIORITIES)}

# ?1: kind, ?2: pool. The requests that wait for a pool, line by line: those of one client and one
# priority, in order; of a long queue, every n-th and the last. The first column says how many of
# them wait, or are being generated.
_PLACES = f"""
WITH unfinished AS (
  SELECT CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END AS rank, id,
    {CLIENT} AS client,
    coalesce(parts.status, 'queued') = 'generating' AS running
  FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
    AND {POOL.format(kind="?1")} = ?2
), placed AS (
  SELECT rank, client, id, running,
    row_number() OVER (PARTITION BY running, rank, client ORDER BY id) - 1 AS place,
    count(*) OVER (PARTITION BY running, rank, client) AS length,
    count(*) OVER () AS total
  FROM unfinished
)
SELECT running, rank, client, length, id, place, total FROM placed
WHERE place % (total / {MAX_MARKS} + 1) = 0 OR place = length - 1
ORDER BY running, rank, client, place
"""


@dataclass(slots=True)
class _Line:
    length: int
    ids: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def place(self, id_: str) -> int:
        """How many requests of the line come before this one."""
        index = bisect_left(self.ids, id_)
        return self.places[index] if index < len(self.ids) else self.length


@dataclass(frozen=True, slots=True)
class _Snapshot:
    lines: Mapping[tuple[int, str], _Line]
    order: Sequence[FairPlaces]
    """By priority, the most urgent first."""
    running: Mapping[str, int]
    """How many are at work, of each client."""
    limited: LimitedOrder | None = None
    """The order, while it depends on how many of each client may be at work at once."""
    until: float = 0.0

    @property
    def at_work(self) -> int:
        return sum(self.running.values())

    def ahead(self, rank: int, client: str, place: int, lower_share: float) -> Ahead:
        """What comes before this place in the line of a client, in all priorities."""
        if self.limited is not None:
            return self.limited.ahead(rank, client, place)
        ahead = self.order[rank].ahead(client, place)
        return with_other_priorities(ahead, rank, self.order, lower_share)


@dataclass(frozen=True, slots=True)
class ClientRoom:
    """How many generations of one client may run at once, and whose direct calls are at work."""

    most: Callable[[], int] = lambda: 0
    direct_calls: Callable[[str], Iterable[str]] = lambda _pool: ()


class Forecast(NamedTuple):
    """Estimated seconds until a request starts, and until it is done."""

    start: float
    end: float


class Positions:
    """Positions of requests, from a snapshot of each queue that is refreshed from time to time.

    `workers` says how many there are in each pool: 0 while it is paused. Without `shares` all
    clients have the same. `room` is what each client may have at work.
    """

    def __init__(
        self,
        database: Database,
        admission: Admission,
        workers: Callable[[], Mapping[str, int]],
        shares: CurrentShares | None = None,
        room: ClientRoom = ClientRoom(),
    ) -> None:
        self._database = database
        self._admission = admission
        self._workers = workers
        self._shares = shares
        self._room = room
        self._snapshots: dict[str, _Snapshot] = {}
        self._refreshing = asyncio.Lock()  # one query of a long queue serves all waiting callers

    async def positions_of(self, requests: Sequence[Request]) -> list[Position]:
        """The position of each of these requests, in the same order.

        A request that waits for two pools has its position in the longer queue.
        """
        pools = {pool: kind for request in requests for kind, pool in request.pools.items()}
        async with self._refreshing:
            snapshots = {pool: await self._snapshot(kind, pool) for pool, kind in pools.items()}
        workers = self._workers()
        places = []
        for request in requests:
            ahead = {pool: self._ahead(request, snapshots[pool]) for pool in request.pools.values()}
            position = max(
                round(before.requests) + snapshots[pool].at_work for pool, before in ahead.items()
            )
            if not all(workers.get(pool) for pool in ahead):
                places.append(Position(position, None, paused=True))
                continue
            etas = [
                self._eta(pool, request, before, snapshots[pool], workers[pool])
                for pool, before in ahead.items()
            ]
            eta = max((eta for eta in etas if eta is not None), default=None)
            places.append(Position(position, eta))
        return places

    async def forecast(self, request: Request) -> Forecast | None:
        """When a request that is not stored yet would start and end; None without data."""
        pools, workers = request.pools, self._workers()
        async with self._refreshing:
            snapshots = {pool: await self._snapshot(kind, pool) for kind, pool in pools.items()}
        forecasts = []
        for pool, snapshot in snapshots.items():
            ahead, there = self._ahead(request, snapshot), workers.get(pool, 0)
            times = there and self._times(pool, request, ahead, snapshot, there)
            if not times:
                return None
            forecasts.append(times)
        return Forecast(min(start for start, _ in forecasts), max(map(sum, forecasts)))

    async def first(
        self, kind: Kind, pool: str, candidates: Sequence[NextCandidate], limit: int
    ) -> list[tuple[NextCandidate, int]]:
        """The parts that are next, with how many are before each; of a long queue, about."""
        async with self._refreshing:
            snapshot = await self._snapshot(kind, pool)

        def start(candidate: NextCandidate) -> float:
            if snapshot.limited is not None:
                return self._place(candidate.rank, candidate.client, candidate.place, snapshot)[0]
            line = snapshot.order[candidate.rank].lines.get(candidate.client)
            return math.inf if line is None else line.start + candidate.place * line.step

        placed = []
        for rank in RANKS.values():
            own = sorted((c for c in candidates if c.rank == rank), key=lambda c: (start(c), c.id))
            for candidate in own[:limit]:
                ahead = self._place(rank, candidate.client, candidate.place, snapshot)
                placed.append((ahead.requests, rank, start(candidate), candidate))
        placed.sort()
        return [
            (candidate, round(before) + snapshot.at_work)
            for before, _, _, candidate in placed[:limit]
        ]

    def _ahead(self, request: Request, snapshot: _Snapshot) -> Ahead:
        """What comes before a request, in its priority and in the others."""
        rank, client = RANKS[request.priority], request.queue_client
        line = snapshot.lines.get((rank, client))
        place = 0 if line is None else line.place(request.id)
        return self._place(rank, client, place, snapshot)

    def _place(self, rank: int, client: str, place: int, snapshot: _Snapshot) -> Ahead:
        return snapshot.ahead(rank, client, place, self._lower_share)

    @property
    def _lower_share(self) -> float:
        return 0.0 if self._shares is None else self._shares.lower()

    def _eta(
        self, pool: str, request: Request, ahead: Ahead, snapshot: _Snapshot, workers: int
    ) -> float | None:
        """Estimated seconds until a request is done."""
        times = self._times(pool, request, ahead, snapshot, workers)
        return None if times is None else round(sum(times), 1)

    def _times(
        self, pool: str, request: Request, ahead: Ahead, snapshot: _Snapshot, workers: int
    ) -> tuple[float, float] | None:
        """Estimated seconds until a part starts, and that it takes: free workers begin at once."""
        pace = self._admission.pace(pool, workers)
        if pace is None:
            return None
        line = snapshot.order[RANKS[request.priority]].lines.get(request.queue_client)
        own = pace.work if line is None else line.cost
        if snapshot.limited is not None:  # workers are free, so what slows them down is not known
            return ahead.seconds, own
        free = workers - snapshot.at_work
        if ahead.requests < free:
            return 0.0, own
        busy = pace.work * (1 - max(0, free))  # the first one to be free has done a part
        return max(0.0, ahead.seconds + busy) / workers * pace.slowness, own

    async def _snapshot(self, kind: Kind, pool: str) -> _Snapshot:
        snapshot = self._snapshots.get(pool)
        if snapshot is None or time.monotonic() > snapshot.until:
            began = time.monotonic()
            rows = await self._database.backlog.all(_PLACES, kind, pool)
            shares = UNKNOWN if self._shares is None else await self._shares.of(pool)
            work = self._admission.work(pool)
            make = partial(_snapshot_of, rows, shares, work, self._limits(pool))
            if rows and rows[0][-1] > MAX_MARKS:
                # each of 40,000 clients has a line: the event loop must not wait for them
                snapshot = await asyncio.to_thread(make)
            else:
                snapshot = make()
            if snapshot.limited is not None or (rows and rows[0][-1] > MAX_MARKS):
                now = time.monotonic()
                snapshot = replace(snapshot, until=now + SNAPSHOT_COST_FACTOR * (now - began))
            self._snapshots[pool] = snapshot
        return snapshot

    def _limits(self, pool: str) -> _Limits | None:
        """What an order depends on while clients cannot have all workers of a pool."""
        room = Room(self._workers().get(pool, 0), self._room.most())
        if not 0 < room.each < room.workers:
            return None
        return _Limits(room, Counter(self._room.direct_calls(pool)), self._lower_share)


class _Limits(NamedTuple):
    room: Room
    direct: Counter[str]
    """How many direct calls of each client are at work."""
    lower_share: float


def _snapshot_of(
    rows: Rows, shares: Sequence[Shares], work: float, limits: _Limits | None
) -> _Snapshot:
    lines: dict[tuple[int, str], _Line] = {}
    running: Counter[str] = Counter()
    for is_running, rank, client, length, id_, place, _ in rows:
        if is_running:
            running[client] += length * (place == length - 1)
        else:
            line = lines.setdefault((rank, client), _Line(length))
            line.ids.append(id_)
            line.places.append(place)
    order = [
        FairPlaces(_fair_lines(lines, rank, shares[rank], work), shares[rank].start)
        for rank in RANKS.values()
    ]
    if limits is None:
        return _Snapshot(lines, order, running)
    room, direct, share = limits
    at_work = running + direct
    limited = LimitedOrder(order, at_work, room, work=work, lower_share=share)
    return _Snapshot(lines, order, running, limited)


def _fair_lines(
    lines: Mapping[tuple[int, str], _Line], rank: int, shares: Shares, work: float
) -> dict[str, Line]:
    fair = {}
    for (of, client), line in lines.items():
        if of == rank:
            cost = shares.costs.get(client, work)
            step = max(cost / shares.weights.get(client, 1), MIN_STEP_SECONDS)
            fair[client] = Line(shares.start(client), cost, step, line.length)
    return fair
