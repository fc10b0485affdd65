"""Webhook deliveries: the outbox in SQLite, and the lease on each URL.

Events go to a URL one at a time. A row of `endpoints` is in one of four states:

- in hand: a process (`sender`) leases the URL until `due_at`, longer than an attempt takes; if the
  process dies, the lease ends then;
- due later: the next delivery is at `due_at`;
- ready since `ready_at`: it waits for room in its `lane`, and costs nothing while it waits;
- idle: there is nothing to send.

The deliveries of a URL wait in one of two places: in order, where only the oldest is tried, or
separately (`deliveries.due_at`), after too many failures to hold up the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from service import clock
from service.messages import DeliveryDue, encode
from service.store.database import Database, Rows
from service.store.sql.statements import Write

DeliveryStatus = Literal["pending", "delivered", "failed", "disabled"]

# When the next delivery of an endpoint is due; NULL if none waits.
_NEXT = """
nullif(least(
  coalesce((SELECT min(due_at) FROM deliveries
            WHERE url = endpoints.url AND status = 'pending' AND due_at IS NOT NULL), 9e99),
  CASE WHEN EXISTS (SELECT 1 FROM deliveries
                    WHERE url = endpoints.url AND status = 'pending' AND due_at IS NULL)
    THEN endpoints.resume_at ELSE 9e99 END), 9e99)
"""

# The request named in the message for this URL: any one with a pending delivery.
_PENDING_REQUEST = """
(SELECT request_id FROM deliveries INDEXED BY undelivered  -- else the history of the URL is read
 WHERE url = endpoints.url AND status = 'pending' LIMIT 1)
"""

# The lane that an attempt takes room in: the API key or address of the next delivery, its user, and
# the host. The separator is removed from the user's name.
_SEPARATOR = "'\x1f'"
_LANE = f"""
coalesce(
  (SELECT coalesce('key ' || owner, 'address ' || client, '') || {_SEPARATOR}
          || coalesce(replace(user_id, {_SEPARATOR}, ' '), '') || {_SEPARATOR}
   FROM deliveries INDEXED BY undelivered JOIN requests ON requests.id = request_id
   WHERE url = endpoints.url AND deliveries.status = 'pending'
   ORDER BY deliveries.due_at NULLS FIRST, ended_at LIMIT 1), {_SEPARATOR} || {_SEPARATOR})
|| (SELECT substr(rest, 1, least(strpos(rest || '/', '/'), strpos(rest || '?', '?')) - 1)
    FROM (SELECT substr(endpoints.url, strpos(endpoints.url, '://') + 3) AS rest) AS address)
"""


def _reschedule(rows: str, more: str = "") -> str:
    """SQL that updates what the endpoints wait for; `rows` selects their URLs and the time now."""
    return f"""
    UPDATE endpoints SET due_at = CASE WHEN {_NEXT} > v.now THEN {_NEXT} END,
                         ready_at = CASE WHEN {_NEXT} <= v.now THEN v.now END, lane = {_LANE}
    FROM ({rows}) AS v
    WHERE endpoints.url = v.url AND sender IS NULL {more}
    RETURNING endpoints.url, ready_at, {_PENDING_REQUEST}
    """


_OF_ROWS = "SELECT url, now FROM rows"

_STORE = Write(
    "deliveries",
    "request_id text, event int, url text, body text, ended_at real, now real",
    (
        "INSERT INTO endpoints (url) SELECT url FROM rows WHERE true ON CONFLICT DO NOTHING",
        """
        INSERT INTO deliveries (request_id, event, url, body, ended_at, status)
        SELECT request_id, event, rows.url, body, ended_at,
               CASE WHEN disabled_at IS NULL THEN 'pending' ELSE 'disabled' END
        FROM rows JOIN endpoints ON endpoints.url = rows.url
        WHERE true
        ON CONFLICT DO NOTHING
        """,
        _reschedule(
            "SELECT DISTINCT url, now FROM rows",
            "AND ready_at IS NULL",  # a URL that waits for room keeps its place
        ),
    ),
)

# An endpoint that is in hand is skipped: its sender schedules the next delivery.
_CLAIM = Write(
    "claim",
    "url text, node text, until real, now real",
    (
        f"""
        UPDATE endpoints SET sender = rows.node, due_at = rows.until, ready_at = NULL FROM rows
        WHERE endpoints.url = rows.url AND sender IS NULL AND {_NEXT} <= rows.now
        """,
        # the key is the event and the request id
        """
        UPDATE deliveries SET lease = pick.until
        FROM (
          SELECT rows.until, coalesce(
            (SELECT event || ' ' || request_id FROM deliveries
             WHERE url = rows.url AND status = 'pending' AND due_at <= rows.now
             ORDER BY due_at LIMIT 1),
            (SELECT event || ' ' || request_id FROM deliveries
             WHERE url = rows.url AND status = 'pending' AND due_at IS NULL
               AND resume_at <= rows.now
             ORDER BY ended_at, request_id LIMIT 1)) AS key
          FROM rows JOIN endpoints
            ON endpoints.url = rows.url AND sender = rows.node AND endpoints.due_at = rows.until
        ) AS pick
        WHERE request_id = substr(key, strpos(key, ' ') + 1)
          AND event = CAST(substr(key, 1, strpos(key, ' ') - 1) AS bigint)
        RETURNING request_id, event, url, body, attempts - base, due_at, lease,
                  (SELECT failures FROM endpoints WHERE url = deliveries.url)
        """,
        # where nothing was due: it has been sent since, or its time has not come
        _reschedule(_OF_ROWS),
    ),
)

# NULL leaves `failures` and `resume_at` unchanged. Deliveries of ends before `stale` are given up
# together with this one; NULL gives up none.
_SETTLE = Write(
    "delivered",
    """request_id text, event int, url text, lease real, started_at real, seconds real, code int,
    reason text, status text, due_at real, failures int, resume_at real, stale real, now real""",
    (
        """
        INSERT INTO delivery_attempts
        SELECT rows.request_id, rows.event, attempts + 1, started_at, seconds, code, reason
        FROM rows JOIN deliveries
          ON deliveries.request_id = rows.request_id AND deliveries.event = rows.event
        WHERE deliveries.status = 'pending'
        """,
        """
        UPDATE deliveries SET status = rows.status, due_at = rows.due_at, attempts = attempts + 1
        FROM rows
        WHERE (deliveries.request_id, deliveries.event) = (rows.request_id, rows.event)
          AND deliveries.status = 'pending'
        """,
        """
        UPDATE deliveries INDEXED BY undelivered
        SET status = CASE WHEN rows.status = 'disabled' THEN 'disabled' ELSE 'failed' END,
            due_at = NULL
        FROM rows
        WHERE (rows.status = 'disabled' OR stale IS NOT NULL)  -- first: rarely true; many may wait
          AND deliveries.url = rows.url AND deliveries.status = 'pending'
          AND (rows.status = 'disabled' OR (deliveries.due_at IS NULL AND ended_at < stale))
        """,
        # unless the attempt outlived its lease and another process has the URL in hand
        """
        UPDATE endpoints SET
          sender = NULL, failures = coalesce(rows.failures, endpoints.failures),
          resume_at = coalesce(rows.resume_at, endpoints.resume_at),
          disabled_at = CASE WHEN rows.status = 'disabled' THEN rows.now ELSE disabled_at END
        FROM rows WHERE endpoints.url = rows.url AND endpoints.due_at = rows.lease
        """,
        _reschedule(_OF_ROWS),
    ),
)

_RELEASE = Write(
    "release",
    "node text, now real",
    (
        """
        UPDATE endpoints SET sender = NULL, due_at = NULL, ready_at = rows.now
        FROM rows WHERE sender = rows.node
        """,
    ),
)

# Endpoints whose lease has run out are ready again, too.
_DUE = Write(
    "due",
    "now real",
    (
        f"""
        UPDATE endpoints SET sender = NULL, due_at = NULL, ready_at = v.now, lane = {_LANE}
        FROM (SELECT max(now) AS now FROM rows) AS v WHERE due_at <= v.now
        """,
    ),
)

# Before version 3 of the schema, only a message said that an endpoint was ready.
_ADOPT = Write(
    "adopt",
    "now real",
    (
        f"""
        UPDATE endpoints SET ready_at = rows.now, lane = {_LANE} FROM rows
        WHERE sender IS NULL AND due_at IS NULL AND ready_at IS NULL
          AND url IN (SELECT url FROM deliveries WHERE status = 'pending')
        """,
    ),
)
_UNMARKED = """
SELECT EXISTS (SELECT 1 FROM json_items(?) AS v JOIN endpoints ON url = v.value
               WHERE sender IS NULL AND due_at IS NULL AND ready_at IS NULL
                 AND EXISTS (SELECT 1 FROM deliveries INDEXED BY undelivered
                             WHERE url = v.value AND status = 'pending'))
"""

_NEXT_DUE = "SELECT min(due_at) FROM endpoints WHERE due_at IS NOT NULL"
_NEXT_LANE = """
SELECT lane FROM endpoints WHERE ready_at IS NOT NULL AND lane > ? AND lane < ?
ORDER BY lane LIMIT 1
"""
_READY = """
SELECT url FROM endpoints WHERE ready_at IS NOT NULL AND sender IS NULL AND lane = ?
ORDER BY ready_at LIMIT ?
"""

_AGAIN_ROWS = "request_id text, event int, now real"
_AGAIN = (
    """
    UPDATE deliveries SET status = 'pending', base = attempts, due_at = rows.now
    FROM rows
    WHERE deliveries.request_id = rows.request_id AND deliveries.event = rows.event
      AND NOT EXISTS (SELECT 1 FROM endpoints WHERE endpoints.url = deliveries.url
                      AND sender IS NOT NULL AND endpoints.due_at = lease)
    RETURNING deliveries.request_id, deliveries.event
    """,
    """
    UPDATE endpoints SET disabled_at = NULL
    FROM rows JOIN deliveries
      ON deliveries.request_id = rows.request_id AND deliveries.event = rows.event
     AND deliveries.due_at = rows.now
    WHERE endpoints.url = deliveries.url
    """,
    _reschedule(
        """
        SELECT deliveries.url, now FROM rows JOIN deliveries
          ON deliveries.request_id = rows.request_id AND deliveries.event = rows.event
        """
    ),
)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A final event to send to a URL. `ended_at` in seconds since the epoch."""

    request_id: str
    event: int
    url: str
    body: str
    ended_at: float


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery leased until `lease`.

    `attempts` counts earlier attempts (since the last manual redelivery), `failures` the URL's
    consecutive failures of deliveries in order. `due_at` is the time of a separate retry, or None.
    """

    request_id: str
    event: int
    url: str
    body: str
    attempts: int
    due_at: float | None
    lease: float
    failures: int

    @property
    def id(self) -> str:
        """The id that receivers see: the same at every attempt."""
        return delivery_id(self.request_id, self.event)


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of an attempt and its consequences.

    `code` is the status of the answer, `reason` why it failed (None if it did not), `due_at` the
    time of a separate retry. `failures` and `resume_at` are the URL's new values, None to keep the
    old ones; deliveries of requests that ended before `stale` are given up with this one.
    """

    started_at: float
    seconds: float
    code: int | None
    reason: str | None
    status: DeliveryStatus
    due_at: float | None = None
    failures: int | None = None
    resume_at: float | None = None
    stale: float | None = None


def delivery_id(request_id: str, event: int) -> str:
    """The `webhook-id`: without dots, which separate the signed fields."""
    return f"msg_{request_id}_{event}"


class Deliveries:
    """The outbox of webhook deliveries: due, in hand, settled."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, new: Sequence[NewDelivery]) -> list[DeliveryDue]:
        """Store deliveries (idempotent); returns messages for the URLs that are now ready."""
        now = clock.now()
        rows = [(d.request_id, d.event, d.url, d.body, d.ended_at, now) for d in new]
        *_, endpoints = await self._database.write(_STORE, rows)
        return _ready(endpoints, {delivery.url for delivery in new})

    async def next_lane(self, after: str, before: str) -> str | None:
        """The first lane between these two in which a URL waits for room."""
        row = await self._database.get(_NEXT_LANE, after, before)
        return row[0] if row else None

    async def ready_urls(self, lane: str, limit: int) -> list[str]:
        """URLs that wait for room in a lane, longest wait first."""
        return [url for (url,) in await self._database.few(_READY, lane, limit)]

    async def claim(self, urls: Sequence[str], node: str, seconds: float) -> list[ClaimedDelivery]:
        """Lease the next delivery to each of these URLs for `seconds`; skips URLs in hand."""
        now = clock.now()
        rows = [(url, node, now + seconds, now) for url in urls]
        _, claimed, _ = await self._database.write(_CLAIM, rows)
        mine = set(urls)
        return [ClaimedDelivery(*row) for row in claimed if row[2] in mine]

    async def settle(self, claimed: ClaimedDelivery, outcome: DeliveryOutcome) -> None:
        """Store the outcome of an attempt, and release the URL."""
        row = (
            claimed.request_id,
            claimed.event,
            claimed.url,
            claimed.lease,
            outcome.started_at,
            outcome.seconds,
            outcome.code,
            outcome.reason,
            outcome.status,
            outcome.due_at,
            outcome.failures,
            outcome.resume_at,
            outcome.stale,
            clock.now(),
        )
        await self._database.write(_SETTLE, [row])

    async def release(self, node: str) -> None:
        """Release all URLs that a node had in hand when it died."""
        await self._database.write(_RELEASE, [(node, clock.now())])

    async def unmarked(self, urls: Sequence[str]) -> bool:
        """Whether an older version announced one of these URLs only with a message."""
        row = await self._database.get(_UNMARKED, encode(urls).decode())
        return bool(row and row[0])

    async def adopt(self) -> None:
        """Mark as ready all URLs that an older version announced only with messages."""
        await self._database.write(_ADOPT, [(clock.now(),)])

    async def next_due(self) -> float | None:
        """When the next endpoint is due or the next lease ends, in seconds since the epoch."""
        row = await self._database.get(_NEXT_DUE)
        return row[0] if row else None

    async def mark_due(self, now: float) -> None:
        """Mark endpoints that are due by `now` as ready."""
        await self._database.write(_DUE, [(now,)])

    async def redeliver(self, request_id: str, event: int) -> list[DeliveryDue] | None:
        """Try a delivery again at once and enable its URL; None if it is in hand now."""
        # a new Write is never batched with another caller's, which would share its rows
        again = Write("redeliver", _AGAIN_ROWS, _AGAIN)
        changed, _, endpoints = await self._database.write(
            again, [(request_id, event, clock.now())]
        )
        return _ready(endpoints, None) if changed else None


def _ready(endpoints: Rows, urls: set[str] | None) -> list[DeliveryDue]:
    return [
        DeliveryDue(request_id, url)
        for url, ready_at, request_id in endpoints
        if ready_at is not None and request_id and (urls is None or url in urls)
    ]
