"""Requests in SQLite and their changes: accepted, started, completed, retried, put back.

State changes are compare-and-set: messages may be delivered twice, and the first final result wins.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from service.messages import (
    CUT_OFF,
    KINDS,
    PARTS,
    UNFINISHED,
    Accepted,
    Failed,
    Finished,
    Generated,
    Kind,
    Moved,
    Started,
    client_of,
)
from service.request_ids import AFTER_ALL_IDS
from service.store.database import Database, Rows
from service.store.errors import DatabaseUnavailable
from service.store.result_cache import ResultCache, View
from service.store.sql.requests.request_acceptance import IdempotencyKey, acceptance_of
from service.store.sql.requests.request_loads import RequestLoads
from service.store.sql.requests.request_moves import move_parts
from service.store.sql.requests.request_records import (
    IS_UNFINISHED,
    AttemptKey,
    Request,
    from_json,
)
from service.store.sql.requests.request_results import FINAL, RequestResults, Settled
from service.store.sql.statements import Write

_BY_KEY = "SELECT key, digest, request_id FROM idempotency WHERE owner = ? AND key = ?"

_START = Write(
    "start",
    "id text, kind text, at real",
    (
        # A start that arrives after the failure of the same attempt changes nothing: the part waits
        # for its next attempt.
        f"""
        INSERT INTO parts (request_id, kind, status)
        SELECT rows.id, rows.kind, 'generating'
        FROM rows
        JOIN requests ON requests.id = rows.id AND tag IN (rows.kind, 'instagram')
         AND {IS_UNFINISHED}
        WHERE true
        ON CONFLICT (request_id, kind) DO UPDATE SET status = 'generating'
        WHERE parts.status = 'queued' AND parts.retry_at IS NULL
        """,
        """
        UPDATE requests SET status = 'generating', started_at = coalesce(started_at, rows.at)
        FROM rows
        WHERE requests.id = rows.id AND tag IN (rows.kind, 'instagram')
          AND coalesce(status, '') = 'queued'  -- by the primary key
        """,
    ),
)

# Clearing `retry_at` takes the retry, so only one process gets it.
_RETRY = (
    """
    UPDATE parts SET retry_at = NULL
    WHERE retry_at <= (SELECT max(now) FROM rows) AND status = 'queued'
    RETURNING request_id, kind, attempts, base
    """,
)

_NOTICED = Write(
    "noticed",
    "id text",
    ("UPDATE requests SET notice = 0 WHERE id IN (SELECT id FROM rows)",),
)

_UNFINISHED = """
SELECT id, tag, prompt, seed, options, priority, owner, user_id, client, text_model, image_model,
  kind, parts.status, attempts, base, retry_at, model
FROM requests LEFT JOIN parts ON request_id = id
WHERE requests.status IN ('queued', 'generating') AND id > ?1 AND id <= ?2
ORDER BY id LIMIT ?3
"""

_LAST_ERROR = "SELECT error FROM parts WHERE request_id = ? AND kind = ?"

MAX_UNTOUCHED_PARTS = 10_000  # of a kind, kept in memory; for others SQLite is read
PAGE_ROWS = 1000  # of unfinished requests, read at a time


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The parts of a request still to be generated: now, or at `retry_at`."""

    request: Accepted
    retry_at: float | None


class Requests(RequestLoads):
    """State and state changes of all requests."""

    def __init__(self, database: Database, *, alone: bool = False) -> None:
        """`alone`: no other process changes requests."""
        super().__init__(database)
        self._alone = alone
        self._untouched: dict[Kind, set[AttemptKey]] = {kind: set() for kind in KINDS}
        """First attempts at parts that were accepted here, have not begun, and are not final."""
        self._fresh = ResultCache()
        self._settling = RequestResults(database, self._fresh)

    async def view(self, id_: str) -> View | None:
        return self._fresh.get(id_) or await super().view(id_)

    def untouched(self, kind: Kind, attempts: AbstractSet[AttemptKey]) -> set[AttemptKey]:
        """Those of these attempts that are known to be still needed, without reading SQLite.

        They are first attempts for requests that were accepted by this process and are not final;
        an attempt is known once.
        """
        known = self._untouched[kind]
        untouched = known & attempts
        known -= untouched
        return untouched

    def ended(self, ids: Iterable[str]) -> None:
        """Forget requests that have ended before their parts."""
        attempts = [(id_, 1) for id_ in ids]
        for known in self._untouched.values():
            known.difference_update(attempts)

    def removed(self, ids: Iterable[str]) -> None:
        """Forget deleted requests."""
        self._fresh.remove(ids)

    async def accept(
        self,
        request: Request,
        key: IdempotencyKey | None = None,
        stored: Callable[[], None] = lambda: None,
    ) -> bool:
        """Store a request durably. Raises DatabaseUnavailable, and then nothing is stored.

        Returns False, and stores nothing, if a request with the same key exists. Otherwise calls
        `stored`, before any caller that waits for a write continues.
        """

        def accepted(_: list[Rows]) -> None:
            self._remember(request)
            stored()

        write, rows = acceptance_of([request], key)
        if key is None:
            await self._database.write(write, rows, accepted)
            return True

        def is_ours(returned: list[Rows]) -> bool:
            return (request.id,) in returned[1]

        returned = await self._database.write(
            write, rows, lambda returned: accepted(returned) if is_ours(returned) else None
        )
        return is_ours(returned)

    async def accept_together(
        self,
        requests: Sequence[Request],
        key: IdempotencyKey | None = None,
        stored: Callable[[], None] = lambda: None,
    ) -> bool:
        """Store several requests durably, all or none; otherwise as `accept`."""

        def accepted() -> None:
            for request in requests:
                self._remember(request)
            stored()

        write, rows = acceptance_of(requests, key)
        if key is None:
            await self._database.write(write, rows, lambda _: accepted())
            return True

        def are_ours(returned: list[Rows]) -> bool:
            return (requests[0].id,) in returned[1]

        returned = await self._database.write(
            write, rows, lambda returned: accepted() if are_ours(returned) else None
        )
        return are_ours(returned)

    def _remember(self, request: Request) -> None:
        if self._alone and request.start_by is None:
            for kind in PARTS[request.tag]:
                known = self._untouched[kind]
                if len(known) < MAX_UNTOUCHED_PARTS:
                    known.add((request.id, 1))

    async def trace_of(self, id_: str) -> str | None:
        """The `traceparent` that a request was accepted with; None if it is not traced."""
        with contextlib.suppress(DatabaseUnavailable):
            row = await self._database.get("SELECT trace FROM requests WHERE id = ?", id_)
            return None if row is None else row[0]
        return None

    async def find_by_key(self, owner: str | None, key: str) -> tuple[IdempotencyKey, str] | None:
        """The key and digest stored for an Idempotency-Key, and the id of its request."""
        row = await self._database.get(_BY_KEY, owner or "", key)
        return None if row is None else (IdempotencyKey(row[0], row[1]), row[2])

    async def start_parts(self, started: Sequence[Started]) -> None:
        """Record that workers generate these parts."""
        rows = [(message.id, message.kind, message.at) for message in started]
        await self._database.write(_START, rows)

    async def settle(
        self,
        results: Sequence[Generated | Failed],
        retry_at: Sequence[float | None],
        *,
        exact: bool = False,
    ) -> Settled:
        """Store results; `retry_at` has the time of the next attempt for each failed one.

        A failed attempt without a next one fails its part. Duplicate and late results change
        nothing. With `exact`, parts may have moved on to another model before their result came.
        """
        return await self._settling.settle(results, retry_at, exact=exact)

    async def move(self, moves: Sequence[Moved]) -> list[tuple[Moved, int]]:
        """Send parts on to other models; returns the moves that were made, with `queued_bytes`."""
        return await move_parts(self._database, moves)

    async def mark_noticed(self, ids: Sequence[str]) -> None:
        """Record that the notifier has published these finished requests."""
        await self._database.write(_NOTICED, [(id_,) for id_ in ids])

    async def unfinished(self) -> AsyncIterator[list[Unfinished]]:
        """The parts still to be generated of all unfinished requests, in pages, oldest first."""
        last = ""
        while True:
            rows = await self._database.all(_UNFINISHED, last, AFTER_ALL_IDS, PAGE_ROWS)
            # a request with two parts has two rows: keep both on one page
            if len(rows) == PAGE_ROWS:
                rows = [row for row in rows if row[0] != rows[-1][0]]
            if not rows:
                return
            last = rows[-1][0]
            yield list(_still_wanted(rows))

    async def unfinished_parts(self, id_: str) -> list[Accepted]:
        """The parts of one request still to be generated; empty if it is final."""
        before = id_[:-1]  # a prefix sorts before the whole id
        rows = await self._database.all(_UNFINISHED, before, id_, len(PARTS["instagram"]))
        return [unfinished.request for unfinished in _still_wanted(rows)]

    async def was_cut_off(self, id_: str, kind: Kind) -> bool:
        """Whether a process died during the last attempt at this part.

        Raises DatabaseUnavailable.
        """
        row = await self._database.get(_LAST_ERROR, id_, kind)
        return row is not None and row[0] == CUT_OFF

    async def take_due_retries(self, now: float) -> list[Accepted]:
        """Retries due by `now`; each is returned once."""
        # a new Write is never batched with another caller's, which would share its rows
        [parts] = await self._database.write(Write("retry", "now real", _RETRY), [(now,)])
        accepted = []
        for id_, kind, attempts, base in sorted(parts):  # in the order of acceptance
            record = await self.record(id_)
            if record is not None and record.status in UNFINISHED:
                accepted.append(record.waiting.accepted((kind,), attempts + 1, base))
        return accepted

    async def unnoticed(self) -> list[Finished]:
        """Final requests that the notifier has not published yet."""
        rows = await self._database.all("SELECT id FROM requests WHERE notice = 1 ORDER BY id")
        return [Finished(id_) for (id_,) in rows]


def _still_wanted(rows: Iterable[tuple[Any, ...]]) -> Iterator[Unfinished]:
    """One message per attempt number: parts with different numbers of failures go separately."""
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    for id_, parts in grouped.items():
        _, tag, prompt, seed, options, priority, owner, user, client, text, image, *_ = parts[0]
        models = dict(zip(KINDS, (text, image), strict=True))
        known = {row[11]: row[12:] for row in parts}
        by_attempt: dict[tuple[int, int, float | None], list[Kind]] = {}
        for kind in PARTS[tag]:
            status, attempts, base, due, moved = known.get(kind, ("queued", 0, 0, None, None))
            if moved is not None:
                models[kind] = moved
            if status not in FINAL:
                by_attempt.setdefault((attempts + 1, base, due), []).append(kind)
        for (attempt, base, due), kinds in by_attempt.items():
            request = Accepted(
                id_,
                tag,
                prompt,
                seed,
                tuple(kinds),
                attempt,
                base,
                from_json(options) or {},
                priority,
                client_of(owner, user, client),
                {kind: model for kind in kinds if (model := models[kind]) and model != kind},
            )
            yield Unfinished(request, due)
