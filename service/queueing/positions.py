"""Positions in the queue: exact in a short queue, estimated in a long one."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from service.messages import PARTS, PRIORITIES, Kind
from service.queueing.admission import Admission
from service.store.sql.request_records import Position, Request
from service.store.sqlite.database import Database

MAX_MARKS = 1000  # places in a snapshot of a queue; positions between two of them are estimated
SNAPSHOT_COST_FACTOR = 20.0  # lifetime of a snapshot, in multiples of its query's duration
RANKS = {priority: rank for rank, priority in enumerate(PRIORITIES)}

# ?1: kind. The requests that wait for workers of a kind, in order; of a long queue, every n-th.
_PLACES = f"""
WITH waiting AS (
  SELECT CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END AS rank, id
  FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
  WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
    AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
), placed AS (
  SELECT rank, id, row_number() OVER (ORDER BY rank, id) - 1 AS place, count(*) OVER () AS length
  FROM waiting
)
SELECT rank, id, place FROM placed WHERE place % (length / {MAX_MARKS} + 1) = 0 ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    marks: list[tuple[int, str]]
    places: list[int]
    until: float = 0.0

    def before(self, mark: tuple[int, str]) -> int:
        """How many requests come before this one."""
        index = bisect_left(self.marks, mark)
        if index < len(self.marks):
            return self.places[index]
        return self.places[-1] + 1 if self.places else 0


class Positions:
    """Positions of requests, from a snapshot of each queue that is refreshed from time to time.

    `workers` says how many there are of each kind: 0 while a pool is paused.
    """

    def __init__(
        self, database: Database, admission: Admission, workers: Callable[[], Mapping[Kind, int]]
    ) -> None:
        self._database = database
        self._admission = admission
        self._workers = workers
        self._snapshots: dict[Kind, _Snapshot] = {}
        self._refreshing = asyncio.Lock()  # one query of a long queue serves all waiting callers

    async def positions_of(self, requests: Sequence[Request]) -> list[Position]:
        """The position of each of these requests, in the same order.

        A request that waits for two kinds of workers has its position in the longer queue.
        """
        kinds = {kind for request in requests for kind in PARTS[request.tag]}
        async with self._refreshing:
            snapshots = {kind: await self._snapshot(kind) for kind in kinds}
        workers = self._workers()
        places = []
        for request in requests:
            mark = (RANKS[request.priority], request.id)
            before = {kind: snapshots[kind].before(mark) for kind in PARTS[request.tag]}
            position = max(before.values())
            if not all(workers[kind] for kind in before):
                places.append(Position(position, None, paused=True))
                continue
            etas = [self._admission.eta(kind, n, workers[kind]) for kind, n in before.items()]
            eta = max((eta for eta in etas if eta is not None), default=None)
            places.append(Position(position, eta))
        return places

    async def _snapshot(self, kind: Kind) -> _Snapshot:
        snapshot = self._snapshots.get(kind)
        if snapshot is None or time.monotonic() > snapshot.until:
            began = time.monotonic()
            rows = await self._database.backlog.all(_PLACES, kind)
            now = time.monotonic()
            marks, places = [(rank, id_) for rank, id_, _ in rows], [place for *_, place in rows]
            long = len(places) < places[-1] + 1 if places else False
            snapshot = _Snapshot(
                marks, places, now + SNAPSHOT_COST_FACTOR * (now - began) if long else 0.0
            )
            self._snapshots[kind] = snapshot
        return snapshot
