"""The results of workers in SQLite: a batch in one transaction makes parts and requests final.

A result may be delivered twice; the first final one of a part wins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from service import clock
from service.messages import Failed, Finished, Generated, Kind, Origin, Status, Tag
from service.store.database import Database
from service.store.result_cache import ResultCache, View
from service.store.sql.keys.usage import COUNT, COUNTED_COLUMNS, UsageRow, counted
from service.store.sql.requests.request_records import IS_UNFINISHED, QUEUED_BYTES, Load, Place
from service.store.sql.statements import Consequence, Write

FINAL = ("completed", "failed")
"""The final states of a part."""

_IMAGE_ERROR, _TEXT_ERROR = (
    f"max(CASE WHEN parts.status = 'failed' AND kind = '{kind}' THEN '{kind}: ' || parts.error END)"
    for kind in ("image", "text")
)
_ERRORS = f"coalesce({_IMAGE_ERROR} || ' ' || {_TEXT_ERROR}, {_IMAGE_ERROR}, {_TEXT_ERROR})"

_COLUMNS = """id text, kind text, status text, attempt int, text text, image_uri text, error text,
retry_at real, origin json, started_at real, now real"""
"""A result; `status` is that of its part."""


def _used(rows: Sequence[Sequence[Any]], returned: Sequence[Sequence[Any]]) -> list[UsageRow]:
    """What results of `_SETTLE` have used that have just completed their parts."""
    parts, requests = returned
    origins = _origins(rows)
    owners = {row[0]: row[-1] for row in requests}
    return counted(
        [
            (owners[id_], kind, origins[id_, kind])
            for id_, kind, status, *_ in parts
            if status == "completed" and id_ in owners
        ]
    )


def _used_alone(rows: Sequence[Sequence[Any]], returned: Sequence[Sequence[Any]]) -> list[UsageRow]:
    """The same for `_COMPLETE`."""
    origins = _origins(rows)
    return counted([(row[-1], row[1], origins[row[0], row[1]]) for row in returned[0]])


def _origins(rows: Sequence[Sequence[Any]]) -> dict[tuple[str, Kind], Origin]:
    """How the results were made, by part; of several the first counts."""
    return {(row[0], row[1]): row[8] for row in reversed(rows) if row[2] == "completed"}


_SETTLE = Write(
    "settle",
    _COLUMNS,
    (
        # A result of a request that is final is dropped, and so is any after the first final one;
        # a failed attempt counts once.
        f"""
        INSERT INTO parts (request_id, kind, status, attempts, text, image_uri, error, retry_at,
                           origin)
        SELECT rows.id, kind, rows.status, attempt, text, image_uri, rows.error, retry_at, origin
        FROM rows CROSS JOIN requests ON requests.id = rows.id  -- keeps the order of the results
        WHERE tag IN (rows.kind, 'instagram') AND {IS_UNFINISHED}
        ON CONFLICT (request_id, kind) DO UPDATE SET
          status = excluded.status, attempts = greatest(parts.attempts, excluded.attempts),
          text = excluded.text,
          image_uri = excluded.image_uri, error = excluded.error, retry_at = excluded.retry_at,
          origin = excluded.origin
        WHERE parts.status IN ('queued', 'generating')
          AND (excluded.status = 'completed' OR excluded.attempts > parts.attempts)
        RETURNING request_id, kind, status, attempts, model
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
          notice = CASE
            WHEN p.final < CASE tag WHEN 'instagram' THEN 2 ELSE 1 END THEN 0
            WHEN webhook IS NOT NULL OR (publish = 1 AND p.failed = 0) THEN 1 ELSE 0 END
        FROM (
          SELECT request_id,
                 count(CASE WHEN parts.status IN ('completed', 'failed') THEN 1 END) AS final,
                 count(CASE parts.status WHEN 'failed' THEN 1 END) AS failed,
                 {_ERRORS} AS error,
                 min(v.started_at) AS started_at, max(v.now) AS now
          FROM (SELECT id, min(started_at) AS started_at, max(now) AS now FROM rows GROUP BY id)
            AS v
          JOIN parts ON parts.request_id = v.id
          GROUP BY request_id
        ) AS p
        WHERE requests.id = p.request_id AND {IS_UNFINISHED}
        RETURNING requests.id, requests.status, tag, notice, created_at, finished_at,
          requests.error,
          CASE WHEN finished_at > 0 THEN
            (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text') END,
          CASE WHEN finished_at > 0 THEN
            (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image') END,
          text_model, image_model, {QUEUED_BYTES}, owner
        """,
    ),
    Consequence(COUNTED_COLUMNS, COUNT, _used),
)

# The same for results of requests with one part, which most are: without a second part, half of the
# work is enough. The requests come first: they decide which results count.
_COMPLETE = Write(
    "complete",
    _COLUMNS,
    (
        f"""
        UPDATE requests SET
          status = 'completed', error = NULL,
          started_at = coalesce(requests.started_at, rows.started_at), finished_at = rows.now,
          notice = CASE WHEN webhook IS NULL THEN publish ELSE 1 END
        FROM rows
        WHERE requests.id = rows.id AND tag = rows.kind AND {IS_UNFINISHED}
        RETURNING requests.id, tag, notice, created_at, finished_at, {QUEUED_BYTES},
          owner
        """,
        """
        INSERT INTO parts (request_id, kind, status, attempts, text, image_uri, origin)
        SELECT rows.id, kind, 'completed', attempt, text, image_uri, origin
        FROM rows CROSS JOIN requests ON requests.id = rows.id
        WHERE tag = rows.kind AND requests.status = 'completed' AND finished_at = rows.now
        ON CONFLICT (request_id, kind) DO UPDATE SET
          status = 'completed', attempts = greatest(parts.attempts, excluded.attempts),
          text = excluded.text, image_uri = excluded.image_uri, error = NULL, retry_at = NULL,
          origin = excluded.origin
        WHERE parts.status IN ('queued', 'generating')
        """,
    ),
    Consequence(COUNTED_COLUMNS, COUNT, _used_alone),
)


# With where the part was: it may have moved on while the model that it left still wrote.
_COMPLETE_AND_WHERE = Write(
    "complete, and where",
    _COLUMNS,
    (
        _COMPLETE.statements[0].replace(
            QUEUED_BYTES,
            f"{QUEUED_BYTES}, coalesce((SELECT model FROM parts WHERE request_id = requests.id"
            " AND kind = tag), CASE tag WHEN 'text' THEN text_model ELSE image_model END, tag)",
        ),
        _COMPLETE.statements[1],
    ),
    _COMPLETE.consequence,
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

    `loads` has, per pool, the parts and bytes to release from the queue; `made`, per pool and
    kind, how the completed parts were generated.
    """

    parts: tuple[tuple[str, Kind], ...]
    final: tuple[Final, ...]
    loads: Mapping[str, Load] = {}
    made: Mapping[tuple[str, Kind], Sequence[Origin]] = {}


class RequestResults:
    """Stores results, and caches completed ones for the clients that poll for them."""

    def __init__(self, database: Database, fresh: ResultCache) -> None:
        self._database = database
        self._fresh = fresh

    async def settle(
        self,
        results: Sequence[Generated | Failed],
        retry_at: Sequence[float | None],
        *,
        exact: bool = False,
    ) -> Settled:
        """See `Requests.settle`."""
        now = clock.now()
        rows = [_row(result, due, now) for result, due in zip(results, retry_at, strict=True)]
        if all(isinstance(result, Generated) and result.sole for result in results):
            return await self._complete(rows, exact=exact)
        mine = {result.id for result in results}
        parts, requests = await self._database.write(_SETTLE, rows)
        ended = sorted(row for row in requests if row[0] in mine and row[5] is not None)
        self._fresh.put(
            {
                id_: (status, error, text, uri)
                for id_, status, _, _, _, _, error, text, uri, *_ in ended
                if status == "completed"
            }
        )
        done = [row for row in parts if row[0] in mine and row[2] in FINAL]
        # the UPDATE returns the request of every part
        wanted = {row[0]: row[-4:-1] for row in requests}
        origins = _origins(rows)
        if len(origins) < len(rows):
            origins = {(row[0], row[1]): row[8] for row in rows} | origins
        places: list[Place] = []
        made: dict[tuple[str, Kind], list[Origin]] = {}
        for id_, kind, status, _, model in done:
            origin = origins[id_, kind]
            text_model, image_model, size = wanted[id_]
            where = model or (text_model if kind == "text" else image_model) or kind
            places.append((where, size))
            if status == "completed":
                made.setdefault((origin.pool or kind, kind), []).append(origin)
        return Settled(
            tuple([(row[0], row[1]) for row in done]),
            tuple(
                [
                    Final(id_, status, tag, end - created, Finished(id_) if notice else None)
                    for id_, status, tag, notice, created, end, *_ in ended
                ]
            ),
            _loads(places),
            made,
        )

    async def _complete(self, rows: Sequence[tuple[Any, ...]], *, exact: bool) -> Settled:
        mine: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for row in rows:
            mine.setdefault(row[:2], row)  # the first of duplicates
        write = _COMPLETE_AND_WHERE if exact else _COMPLETE
        requests, _ = await self._database.write(write, list(mine.values()))
        views: dict[str, View] = {}
        parts: list[tuple[str, Kind]] = []
        final: list[Final] = []
        places: list[Place] = []
        made: dict[tuple[str, Kind], list[Origin]] = {}
        # as they were accepted
        for id_, tag, is_noticed, created, done, size, *where, _ in sorted(requests):
            part = id_, tag
            if part not in mine:
                continue
            text, uri = mine[part][4:6]
            origin: Origin = mine[part][8]
            if not text or "\0" not in text:  # SQLite stores NULs differently
                views[id_] = "completed", None, text, uri
            parts.append(part)
            notice = Finished(id_) if is_noticed else None
            final.append(Final(id_, "completed", tag, done - created, notice))
            pool = origin.pool or tag
            places.append((where[0] if where else pool, size))
            made.setdefault((pool, tag), []).append(origin)
        self._fresh.put(views)
        return Settled(tuple(parts), tuple(final), _loads(places), made)


def _loads(places: Sequence[Place]) -> dict[str, Load]:
    sizes: dict[str, list[int]] = {}
    for pool, size in places:
        sizes.setdefault(pool, []).append(size)
    return {pool: Load(len(mine), sum(mine)) for pool, mine in sizes.items()}


def _row(result: Generated | Failed, retry_at: float | None, now: float) -> tuple[Any, ...]:
    id_, kind, attempt, origin = result.id, result.kind, result.attempt, result.origin
    end = (origin, origin.started_at, now)
    if isinstance(result, Generated):
        text, image_uri = result.text, result.image_uri
        return (id_, kind, "completed", attempt, text, image_uri, None, None, *end)
    status = "failed" if retry_at is None else "queued"
    return (id_, kind, status, attempt, None, None, result.reason, retry_at, *end)
