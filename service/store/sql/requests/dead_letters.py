"""Dead letters: requests that failed for good, with every attempt, and their redrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from service.messages import Failed, Kind, Tag
from service.store.database import Database
from service.store.sql.events import Event, Events
from service.store.sql.requests.request_records import LISTED_PROMPT, POOL, QUEUED_BYTES, Place
from service.store.sql.statements import Write

_RECORD_FAILURES = Write(
    "failures",
    """id text, kind text, started_at real, attempt int, seconds real, worker text, generator text,
    reason text, detail text""",
    (
        """
        INSERT INTO failures
        SELECT id, kind, started_at, attempt, seconds, worker, generator, reason FROM rows
        WHERE true ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO failure_details
        SELECT id, kind, started_at, detail FROM rows WHERE detail IS NOT NULL
        ON CONFLICT DO NOTHING
        """,
    ),
)

# The rows are the logs of the requests so far. Attempt numbers continue, so that late messages from
# before the redrive are recognized; `base` is the number of attempts before it. Deadlines from
# before the redrive no longer apply.
_REDRIVE_ROWS = "id text, seq int, name text, data text"
_REDRIVE = (
    # keep the old final event: after the redrive nothing else records it
    """
    INSERT INTO events (request_id, seq, name, data)
    SELECT rows.id, seq, name, data
    FROM rows JOIN requests ON requests.id = rows.id AND status = 'failed'
    WHERE true
    ON CONFLICT DO NOTHING
    """,
    f"""
    UPDATE parts SET status = 'queued', base = attempts, error = NULL, retry_at = NULL, model = NULL
    WHERE status = 'failed' AND request_id IN (
      SELECT requests.id FROM rows
      JOIN requests ON requests.id = rows.id AND requests.status = 'failed')
    RETURNING request_id,
      (SELECT {POOL.format(kind="kind")} FROM requests WHERE id = request_id),
      (SELECT {QUEUED_BYTES} FROM requests WHERE id = request_id)
    """,
    """
    UPDATE requests SET status = 'queued', error = NULL, finished_at = NULL,
                        start_by = NULL, finish_by = NULL
    WHERE status = 'failed' AND id IN (SELECT id FROM rows)
    RETURNING id
    """,
)

_DEAD = """
SELECT id, tag, {prompt}, error, created_at, finished_at FROM requests INDEXED BY {index}
WHERE status = 'failed' AND id < ?1 AND {tag}
ORDER BY id DESC LIMIT ?2
"""
_OF_ALL_TAGS = _DEAD.format(prompt=LISTED_PROMPT, index="dead_letters", tag="true")
_OF_TAG = _DEAD.format(
    prompt=LISTED_PROMPT,
    index="finished",
    tag="tag = ?3 AND NOT status IN ('queued', 'generating')",
)

_HISTORY = """
SELECT request_id, kind, attempt, started_at, seconds, worker, generator, reason, detail
FROM failures LEFT JOIN failure_details USING (request_id, kind, started_at)
WHERE request_id IN (SELECT asked.value FROM json_items(?) AS asked) ORDER BY started_at
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. Times in seconds."""

    kind: Kind
    attempt: int
    started_at: float
    seconds: float
    worker: str
    generator: str
    reason: str
    detail: str | None
    """For operators: address, status and message of a model server, without secrets."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A request that failed for good, with all its attempts."""

    id: str
    tag: Tag
    prompt: str
    error: str
    created_at: float
    failed_at: float
    history: tuple[Failure, ...]


class DeadLetters:
    """Keeps the history of failed attempts and redrives dead letters."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    async def record_failures(self, failures: Sequence[Failed]) -> None:
        """Store failed attempts."""
        rows = [
            (
                failed.id,
                failed.kind,
                failed.origin.started_at,
                failed.attempt,
                failed.origin.seconds,
                failed.origin.worker,
                failed.origin.generator,
                failed.reason,
                failed.detail or None,
            )
            for failed in failures
        ]
        await self._database.write(_RECORD_FAILURES, rows)

    async def page(
        self, tag: Tag | None, before: str, limit: int, *, client: str = ""
    ) -> list[DeadLetter]:
        """Dead letters with ids before `before`, newest first; `client` is the caller."""
        lists = self._database.lists
        if tag is None:
            rows = await lists.all(_OF_ALL_TAGS, before, limit, client=client)
        else:
            rows = await lists.all(_OF_TAG, before, limit, tag, client=client)
        history: dict[str, list[Failure]] = {row[0]: [] for row in rows}
        ids = "[" + ",".join(f'"{id_}"' for id_ in history) + "]"
        for id_, *failure in await lists.all(_HISTORY, ids, client=client):
            history[id_].append(Failure(*failure))
        return [
            DeadLetter(id_, of, prompt, error, created, failed, tuple(history[id_]))
            for id_, of, prompt, error, created, failed in rows
        ]

    async def count(self) -> int:
        """The number of dead letters. Raises DatabaseUnavailable."""
        [(count,)] = await self._database.backlog.all(
            "SELECT count(*) FROM requests INDEXED BY dead_letters WHERE status = 'failed'"
        )
        return int(count)

    async def redrive(self, ids: Sequence[str]) -> dict[str, tuple[Place, ...]]:
        """Queue the failed parts of these requests again, with a new series of attempts.

        Returns the places of the parts by request id; ids that are not dead letters are ignored.
        """
        # a new Write is never batched with another caller's: only one of them redrives a request
        redrive = Write("redrive", _REDRIVE_ROWS, _REDRIVE)
        logs = {id_: await self._events.reopened(id_) for id_ in ids}
        rows = [(id_, *_row(event)) for id_, log in logs.items() for event in log]
        _, parts, requests = await self._database.write(redrive, rows)
        redriven = set(ids) & {id_ for (id_,) in requests}
        return {
            id_: tuple((kind, size) for of, kind, size in parts if of == id_) for id_ in redriven
        }


def _row(event: Event) -> tuple[int, str, str]:
    return event.seq, event.name, event.data.decode()
