"""How requests change in SQLite: accepted, begun, settled, tried again, put back.

State changes are compare-and-set: every message may come twice, and the first final result wins.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from service.messages import (
    KINDS,
    PARTS,
    UNFINISHED,
    Accepted,
    Failed,
    Finished,
    Generated,
    Kind,
    Started,
    Status,
    Tag,
)
from service.store.database import Database, DatabaseAway, Rows, Write
from service.store.fresh_views import FreshViews, View
from service.store.records import Attempt, Records, Request, from_json

# The rows: a Request, field by field.
_INSERT = """
INSERT INTO requests (id, tag, prompt, seed, created_at, options, user_id, publish, start_by,
                      finish_by, owner, priority, webhook, trace)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4, nullif(value->>5, '{}'), value->>6,
       value->>7, value->>8, value->>9, value->>10, value->>11, value->>12, value->>13
FROM json_each(?)
"""

_ACCEPT = Write("accept", (_INSERT,))

# The rows of a request with an Idempotency-Key have two more: key, digest. Whoever is first makes
# the request; the others make none.
_ACCEPT_ONCE = Write(
    "accept once",
    (
        """
        INSERT INTO idempotency (owner, key, digest, request_id)
        SELECT coalesce(value->>10, ''), value->>14, value->>15, value->>0 FROM json_each(?)
        WHERE true
        ON CONFLICT DO NOTHING
        """,
        _INSERT  # noqa: S608 - ours
        + "WHERE EXISTS (SELECT 1 FROM idempotency WHERE request_id = value->>0) RETURNING id",
    ),
)

_MADE = "SELECT key, digest, request_id FROM idempotency WHERE owner = ? AND key = ?"

_START = Write(
    "start",
    (
        # The rows: request id, kind, at. A start that is told of after the failure of the same
        # attempt changes nothing: the part waits for its next one.
        """
        INSERT INTO parts (request_id, kind, status)
        SELECT v.value->>0, v.value->>1, 'generating'
        FROM json_each(?) AS v
        JOIN requests ON requests.id = v.value->>0 AND tag IN (v.value->>1, 'instagram')
         AND requests.status IN ('queued', 'generating')
        WHERE true
        ON CONFLICT DO UPDATE SET status = 'generating'
        WHERE status = 'queued' AND retry_at IS NULL
        """,
        """
        UPDATE requests SET status = 'generating', started_at = coalesce(started_at, v.at)
        FROM (SELECT value->>0 AS id, value->>1 AS kind, value->>2 AS at FROM json_each(?)) AS v
        WHERE requests.id = v.id AND tag IN (v.kind, 'instagram') AND status = 'queued'
        """,
    ),
)

# The rows of both statements: request id, kind, status of the part, attempt, text, image URI,
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
        CROSS JOIN requests  -- in this order: that of the results
        WHERE requests.id = v.value->>0 AND tag IN (v.value->>1, 'instagram')
          AND requests.status IN ('queued', 'generating')
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
        """
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
        WHERE requests.id = p.request_id AND requests.status IN ('queued', 'generating')
        RETURNING id, status, tag, notice, created_at, finished_at, error,
          (SELECT text FROM parts WHERE request_id = requests.id AND kind = 'text'),
          (SELECT image_uri FROM parts WHERE request_id = requests.id AND kind = 'image')
        """,
    ),
)

# The rows: now. A retry is taken by whoever clears its time.
_RETRY = (
    """
    UPDATE parts SET retry_at = NULL
    WHERE retry_at <= (SELECT max(value->>0) FROM json_each(?)) AND status = 'queued'
    RETURNING request_id, kind, attempts, base
    """,
)

_NOTICED = Write(
    "noticed",
    ("UPDATE requests SET notice = 0 WHERE id IN (SELECT value->>0 FROM json_each(?))",),
)

_UNFINISHED = """
SELECT id, tag, prompt, seed, options, priority, kind, parts.status, attempts, base, retry_at
FROM requests LEFT JOIN parts ON request_id = id
WHERE requests.status IN ('queued', 'generating') AND id > ?1 AND id <= ?2
ORDER BY id LIMIT ?3
"""

_BACKLOG = """
SELECT count(*) FROM requests LEFT JOIN parts ON request_id = id AND kind = ?1
WHERE requests.status IN ('queued', 'generating') AND tag IN (?1, 'instagram')
  AND coalesce(parts.status, 'queued') IN ('queued', 'generating')
"""

LAST = "g"  # after every id: they are hexadecimal
MOST_UNTOUCHED = 10_000  # parts that are kept in mind; of others SQLite is asked
PAGE = 1000  # rows of unfinished requests read at a time


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key, and the digest of what was asked for with it."""

    key: str
    digest: str


class Final(msgspec.Struct, frozen=True):
    """A request that has just reached its final state."""

    id: str
    status: Status
    tag: Tag
    seconds: float
    notice: Finished | None


class Settled(msgspec.Struct, frozen=True):
    """What a batch of results changed: parts that are final now, retries due, final requests."""

    parts: tuple[tuple[str, Kind], ...]
    final: tuple[Final, ...]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is still wanted of a request: now, or at `retry_at`."""

    wanted: Accepted
    retry_at: float | None


class Requests(Records):
    """The truth about every request, and how it changes."""

    def __init__(self, database: Database, *, alone: bool = False) -> None:
        """`alone` if no other process changes them."""
        super().__init__(database)
        self._alone = alone
        self._untouched: set[tuple[str, Kind]] = set()  # accepted here; not asked for, not ended
        self._fresh = FreshViews()

    def view(self, id_: str) -> View | None:
        return self._fresh.get(id_) or super().view(id_)

    def still_wanted(self, kind: Kind, attempts: Iterable[Attempt]) -> set[Attempt]:
        """Which of these attempts at parts of this kind are still to be begun.

        SQLite is asked, but for first attempts that are asked about for the first time: of what was
        accepted here and has not ended, that is known.
        """
        attempts = set(attempts)
        known = {one for one in attempts if one[1] == 1 and (one[0], kind) in self._untouched}
        self._untouched.difference_update([(id_, kind) for id_, _ in known])
        rest = attempts - known
        return known | super().still_wanted(kind, rest) if rest else known

    def ended(self, ids: Iterable[str]) -> None:
        """These requests are final before their parts are."""
        self._untouched.difference_update([(id_, kind) for id_ in ids for kind in KINDS])

    def removed(self, ids: Iterable[str]) -> None:
        """These requests are there no more."""
        self._fresh.remove(ids)

    async def accept(
        self,
        request: Request,
        once: Once | None = None,
        stored: Callable[[], None] = lambda: None,
    ) -> bool:
        """Store a request durably. Raises DatabaseAway, and then nothing is stored.

        False if nothing is stored because another one was made with the same key. Else `stored` is
        called, before whoever waits for this or another one goes on.
        """
        row = msgspec.structs.astuple(request)
        if once is None:
            await self._database.write(_ACCEPT, (row,), lambda _: self._accepted(request, stored))
            return True

        def is_ours(made: list[Rows]) -> bool:
            return (request.id,) in made[1]

        keyed = (*row, once.key, once.digest)
        made = await self._database.write(
            _ACCEPT_ONCE,
            (keyed,),
            lambda made: self._accepted(request, stored) if is_ours(made) else None,
        )
        return is_ours(made)

    def _accepted(self, request: Request, stored: Callable[[], None]) -> None:
        if self._alone and request.start_by is None and len(self._untouched) < MOST_UNTOUCHED:
            self._untouched.update([(request.id, kind) for kind in PARTS[request.tag]])
        stored()

    def trace_of(self, id_: str) -> str | None:
        """The `traceparent` that a request was accepted with; None if nobody traces it."""
        with contextlib.suppress(DatabaseAway):
            row = self._database.get("SELECT trace FROM requests WHERE id = ?", id_)
            return None if row is None else row[0]
        return None

    def made_with(self, owner: str | None, key: str) -> tuple[Once, str] | None:
        """What was asked for with an Idempotency-Key, and the id of the request it made."""
        row = self._database.get(_MADE, owner or "", key)
        return None if row is None else (Once(row[0], row[1]), row[2])

    async def start(self, started: Sequence[Started]) -> None:
        """Note that workers are at these parts."""
        rows = [(message.id, message.kind, message.at) for message in started]
        await self._database.write(_START, rows)

    async def settle(
        self, results: Sequence[Generated | Failed], retry_at: Sequence[float | None]
    ) -> Settled:
        """Store results; `retry_at` says for each failed attempt when the next one is due.

        A failed attempt without a next one fails its part. Doubles and late comers change nothing.
        """
        now = time.time()
        rows = [_row(result, due, now) for result, due in zip(results, retry_at, strict=True)]
        mine = {result.id for result in results}
        parts, requests = await self._database.write(_SETTLE, rows)
        ended = [row for row in requests if row[0] in mine and row[5] is not None]
        self._fresh.put(
            {
                id_: (status, error, text, uri)
                for id_, status, _, _, _, _, error, text, uri in ended
                if status == "completed"
            }
        )
        return Settled(
            tuple(
                (id_, kind) for id_, kind, status, _ in parts if id_ in mine and status in _FINAL
            ),
            tuple(
                Final(id_, status, tag, done - created, Finished(id_) if notice else None)
                for id_, status, tag, notice, created, done, *_ in ended
            ),
        )

    async def noticed(self, ids: Sequence[str]) -> None:
        """Everybody who wanted to hear of these requests has."""
        await self._database.write(_NOTICED, [(id_,) for id_ in ids])

    async def unfinished(self) -> AsyncIterator[list[Unfinished]]:
        """What is wanted of requests that are not final, page by page, oldest first."""
        last = ""
        while True:
            rows = await self._database.all(_UNFINISHED, last, LAST, PAGE)
            # a request with two parts has two rows: keep them together across pages
            if len(rows) == PAGE:
                rows = [row for row in rows if row[0] != rows[-1][0]]
            if not rows:
                return
            last = rows[-1][0]
            yield list(_still_wanted(rows))

    async def wanted(self, id_: str) -> list[Accepted]:
        """What is wanted of one request; nothing if it is final."""
        before = id_[:-1]  # a prefix is less than what it is a prefix of
        rows = await self._database.all(_UNFINISHED, before, id_, len(PARTS["instagram"]))
        return [wish.wanted for wish in _still_wanted(rows)]

    async def due(self, now: float) -> list[Accepted]:
        """What is to be tried again by `now`; each is given out once."""
        # a write of its own: what it returns is given to nobody else
        [parts] = await self._database.write(Write("retry", _RETRY), [(now,)])
        out = []
        for id_, kind, attempts, base in parts:
            record = self.record(id_)
            if record is not None and record.status in UNFINISHED:
                request = record.request
                out.append(
                    Accepted(
                        id_,
                        request.tag,
                        request.prompt,
                        request.seed,
                        (kind,),
                        attempts + 1,
                        base,
                        request.options,
                        request.priority,
                    )
                )
        return out

    async def unnoticed(self) -> list[Finished]:
        """Final requests that somebody has yet to hear of."""
        rows = await self._database.all("SELECT id FROM requests WHERE notice = 1 ORDER BY id")
        return [Finished(id_) for (id_,) in rows]

    async def backlog(self) -> dict[Kind, int]:
        """How many parts of each kind are unfinished."""
        return {kind: (await self._database.all(_BACKLOG, kind))[0][0] for kind in KINDS}


_FINAL = ("completed", "failed")


def _row(result: Generated | Failed, retry_at: float | None, now: float) -> Sequence[Any]:
    id_, kind, attempt, origin = result.id, result.kind, result.attempt, result.origin
    end = (origin, origin.started_at, now)
    if isinstance(result, Generated):
        text, image_uri = result.text, result.image_uri
        return (id_, kind, "completed", attempt, text, image_uri, None, None, *end)
    status = "failed" if retry_at is None else "queued"
    return (id_, kind, status, attempt, None, None, result.reason, retry_at, *end)


def _still_wanted(rows: Iterable[tuple[Any, ...]]) -> Iterator[Unfinished]:
    """One wish per attempt number: parts that failed differently often are wished for apart."""
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    for id_, parts in grouped.items():
        _, tag, prompt, seed, options, priority, *_ = parts[0]
        known = {row[6]: row[7:] for row in parts}
        wishes: dict[tuple[int, int, float | None], list[Kind]] = {}
        for kind in PARTS[tag]:
            status, attempts, base, due = known.get(kind, ("queued", 0, 0, None))
            if status not in _FINAL:
                wishes.setdefault((attempts + 1, base, due), []).append(kind)
        for (attempt, base, due), kinds in wishes.items():
            wanted = Accepted(
                id_,
                tag,
                prompt,
                seed,
                tuple(kinds),
                attempt,
                base,
                from_json(options) or {},
                priority,
            )
            yield Unfinished(wanted, due)
