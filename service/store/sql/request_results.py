"""The results of workers in SQLite: a batch in one transaction makes parts and requests final.

A result may be delivered twice; the first final one of a part wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from service import clock
from service.messages import Failed, Finished, Generated, Kind, Status, Tag
from service.store.result_cache import ResultCache, View
from service.store.sql.request_records import QUEUED_BYTES, Load, Place
from service.store.sqlite.database import Database, Write

FINAL = ("completed", "failed")
"""The final states of a part."""

# The rows of all these statements: request id, kind, status of the part, attempt, text, image URI,
# error, retry at, origin, started at, now
_SETTLE = Write(
    "settle",
    (
        # A result of a request that is final is dropped, and so is any after the first final one;
        # a failed attempt counts once.
        """
        INSERT INTO parts (request_id, kind, status, attempts, text, image_uri, error, retry_at,
                           origin)
        SELECT v.value->>0, v.value->>1, v.value->>2, v.value->>3, v.value->>4, v.value->>5,
               v.value->>6, v.value->>7, v.value->>8
        FROM json_each(?) AS v
        CROSS JOIN requests  -- keeps the order of the results
        WHERE requests.id = v.value->>0 AND tag IN (v.value->>1, 'instagram')
          AND +requests.status IN ('queued', 'generating')  -- +: by the primary key
        ON CONFLICT DO UPDATE SET
          status = excluded.status, attempts = max(attempts, excluded.attempts),
          text = excluded.text,
          image_uri = excluded.image_uri, error = excluded.error, retry_at = excluded.retry_at,
          origin = excluded.origin
        WHERE status IN ('queued', 'generating')
          AND (excluded.status = 'completed' OR excluded.attempts > attempts)
        RETURNING request_id, kind, status, attempts
        """,
        # A request is final when all its parts are.
        f"""
        UPDATE requests SET
          status = CASE
            WHEN p.final < CASE tag WHEN 'instagram' THEN 2 ELSE 1 END THEN 'generating'
            WHEN p.failed > 0 THEN 'failed' ELSE 'completed' END,
          error = p.error,
          started_at = coalesce(requests.started_at, p.started_at),
          finished_at = CASE
            WHEN p.final < CASE tag WHEN 'instagram' THEN 2 ELSE 1 END THEN NULL ELSE p.now END,
          notice = (webhook IS NOT NULL OR (publish AND p.failed = 0))
            AND p.final = CASE tag WHEN 'instagram' THEN 2 ELSE 1 END
        FROM (
          SELECT request_id, sum(parts.status IN ('completed', 'failed')) AS final,
                 sum(parts.status = 'failed') AS failed,
                 group_concat(CASE parts.status WHEN 'failed' THEN kind || ': ' || error END, ' ')
                   AS error,
                 min(v.started_at) AS started_at, max(v.now) AS now
          FROM (SELECT value->>0 AS id, min(value->>9) AS started_at, max(value->>10) AS now
                FROM json_each(?) GROUP BY 1) AS v
          JOIN parts ON parts.request_id = v.id
          GROUP BY request_id
        ) AS p
        WHERE requests.id = p.request_id
          AND +requests.status IN ('queued', 'generating')  -- +: by the primary key
        RETURNING id, status, tag, notice, created_at, finished_at, error,
          CASE WHEN finished_at > 0 THEN
            (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text') END,
          CASE WHEN finished_at > 0 THEN
            (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image') END,
          {QUEUED_BYTES}
        """,
    ),
)

# The same for results of requests with one part, which most are: without a second part, half of the
# work is enough. The requests come first: they decide which results count.
_COMPLETE = Write(
    "complete",
    (
        f"""
        UPDATE requests SET
          status = 'completed', error = NULL,
          started_at = coalesce(requests.started_at, v.started_at), finished_at = v.now,
          notice = webhook IS NOT NULL OR publish
        FROM (SELECT value->>0 AS id, value->>1 AS kind, value->>9 AS started_at, value->>10 AS now
              FROM json_each(?)) AS v
        WHERE requests.id = v.id AND tag = v.kind
          AND +status IN ('queued', 'generating')  -- +: by the primary key, also after ANALYZE
        RETURNING id, tag, notice, created_at, finished_at, {QUEUED_BYTES}
        """,
        """
        INSERT INTO parts (request_id, kind, status, attempts, text, image_uri, origin)
        SELECT v.value->>0, v.value->>1, 'completed', v.value->>3, v.value->>4, v.value->>5,
               v.value->>8
        FROM json_each(?) AS v
        CROSS JOIN requests  -- keeps this order: each request by its primary key
        WHERE requests.id = v.value->>0 AND tag = v.value->>1
          AND requests.status = 'completed' AND finished_at = v.value->>10
        ON CONFLICT DO UPDATE SET
          status = 'completed', attempts = max(attempts, excluded.attempts), text = excluded.text,
          image_uri = excluded.image_uri, error = NULL, retry_at = NULL, origin = excluded.origin
        WHERE status IN ('queued', 'generating')
        """,
    ),
)


class Final(msgspec.Struct, frozen=True):
    """A request that has just reached its final state."""

    id: str
    status: Status
    tag: Tag
    seconds: float
    notice: Finished | None


class Settled(msgspec.Struct, frozen=True):
    """The changes by a batch of results: parts and requests that are final now.

    `loads` has, per kind, the parts and bytes to release from the queue.
    """

    parts: tuple[tuple[str, Kind], ...]
    final: tuple[Final, ...]
    loads: Mapping[Kind, Load] = {}


class RequestResults:
    """Stores results, and caches completed ones for the clients that poll for them."""

    def __init__(self, database: Database, fresh: ResultCache) -> None:
        self._database = database
        self._fresh = fresh

    async def settle(
        self, results: Sequence[Generated | Failed], retry_at: Sequence[float | None]
    ) -> Settled:
        """See `Requests.settle`."""
        now = clock.now()
        rows = [_row(result, due, now) for result, due in zip(results, retry_at, strict=True)]
        if all(isinstance(result, Generated) and result.sole for result in results):
            return await self._complete(rows)
        mine = {result.id for result in results}
        parts, requests = await self._database.write(_SETTLE, rows)
        ended = [row for row in requests if row[0] in mine and row[5] is not None]
        self._fresh.put(
            {
                id_: (status, error, text, uri)
                for id_, status, _, _, _, _, error, text, uri, _ in ended
                if status == "completed"
            }
        )
        done = [row for row in parts if row[0] in mine and row[2] in FINAL]
        # the UPDATE returns the request of every part
        sizes = {row[0]: row[-1] for row in requests}
        return Settled(
            tuple((id_, kind) for id_, kind, *_ in done),
            tuple(
                Final(id_, status, tag, end - created, Finished(id_) if notice else None)
                for id_, status, tag, notice, created, end, *_ in ended
            ),
            _loads([(row[1], sizes[row[0]]) for row in done]),
        )

    async def _complete(self, rows: Sequence[tuple[Any, ...]]) -> Settled:
        mine: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for row in rows:
            mine.setdefault(row[:2], row)  # the first of duplicates
        requests, _ = await self._database.write(_COMPLETE, list(mine.values()))
        views: dict[str, View] = {}
        parts: list[tuple[str, Kind]] = []
        final: list[Final] = []
        places: list[Place] = []
        for id_, tag, is_noticed, created, done, size in requests:
            part = id_, tag
            if part not in mine:
                continue
            text, uri = mine[part][4:6]
            if not text or "\0" not in text:  # SQLite stores NULs differently
                views[id_] = "completed", None, text, uri
            parts.append(part)
            notice = Finished(id_) if is_noticed else None
            final.append(Final(id_, "completed", tag, done - created, notice))
            places.append((tag, size))
        self._fresh.put(views)
        return Settled(tuple(parts), tuple(final), _loads(places))


def _loads(places: Sequence[Place]) -> dict[Kind, Load]:
    sizes: dict[Kind, list[int]] = {}
    for kind, size in places:
        sizes.setdefault(kind, []).append(size)
    return {kind: Load(len(mine), sum(mine)) for kind, mine in sizes.items()}


def _row(result: Generated | Failed, retry_at: float | None, now: float) -> tuple[Any, ...]:
    id_, kind, attempt, origin = result.id, result.kind, result.attempt, result.origin
    end = (origin, origin.started_at, now)
    if isinstance(result, Generated):
        text, image_uri = result.text, result.image_uri
        return (id_, kind, "completed", attempt, text, image_uri, None, None, *end)
    status = "failed" if retry_at is None else "queued"
    return (id_, kind, status, attempt, None, None, result.reason, retry_at, *end)
