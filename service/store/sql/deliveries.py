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
from service.store.sqlite.database import Database, Rows, Write

DeliveryStatus = Literal["pending", "delivered", "failed", "disabled"]

# When the next delivery of an endpoint is due; NULL if none waits.
_NEXT = """
nullif(min(
  coalesce((SELECT min(due_at) FROM deliveries
            WHERE url = endpoints.url AND status = 'pending' AND due_at IS NOT NULL), 9e99),
  iif(EXISTS (SELECT 1 FROM deliveries
              WHERE url = endpoints.url AND status = 'pending' AND due_at IS NULL),
      resume_at, 9e99)), 9e99)
"""

# The request named in the message for this URL: any one with a pending delivery.
_PENDING_REQUEST = """
(SELECT request_id FROM deliveries INDEXED BY undelivered  -- else the history of the URL is read
 WHERE url = endpoints.url AND status = 'pending' LIMIT 1)
"""

# The lane that an attempt takes room in: the API key or address of the next delivery, its user, and
# the host. The separator is removed from the user's name.
_LANE = """
coalesce(
  (SELECT coalesce('key ' || owner, 'address ' || client, '') || char(31)
          || coalesce(replace(user_id, char(31), ' '), '') || char(31)
   FROM deliveries INDEXED BY undelivered JOIN requests ON id = request_id
   WHERE url = endpoints.url AND deliveries.status = 'pending'
   ORDER BY due_at, ended_at LIMIT 1), char(31, 31))
|| (SELECT substr(rest, 1, min(instr(rest || '/', '/'), instr(rest || '?', '?')) - 1)
    FROM (SELECT substr(endpoints.url, instr(endpoints.url, '://') + 3) AS rest))
"""


def _reschedule(rows: str, more: str = "") -> str:
    """SQL that updates what the endpoints wait for; `rows` selects their URLs and the time now."""
    return f"""
    UPDATE endpoints SET due_at = iif({_NEXT} > v.now, {_NEXT}, NULL),
                         ready_at = iif({_NEXT} <= v.now, v.now, NULL), lane = {_LANE}
    FROM ({rows}) AS v
    WHERE endpoints.url = v.url AND sender IS NULL {more}
    RETURNING url, ready_at, {_PENDING_REQUEST}
    """


# The rows: request id, event, URL, body, ended at, now
_STORE = Write(
    "deliveries",
    (
        "INSERT OR IGNORE INTO endpoints (url) SELECT value->>2 FROM json_each(?)",
        """
        INSERT INTO deliveries (request_id, event, url, body, ended_at, status)
        SELECT v.value->>0, v.value->>1, v.value->>2, v.value->>3, v.value->>4,
               iif(disabled_at IS NULL, 'pending', 'disabled')
        FROM json_each(?) AS v JOIN endpoints ON url = v.value->>2
        WHERE true
        ON CONFLICT DO NOTHING
        """,
        _reschedule(
            "SELECT DISTINCT value->>2 AS url, value->>5 AS now FROM json_each(?)",
            "AND ready_at IS NULL",  # a URL that waits for room keeps its place
        ),
    ),
)

_CLAIMS = """
(SELECT value->>0 AS url, value->>1 AS node, value->>2 AS until, value->>3 AS now
 FROM json_each(?1)) AS v
"""

# The rows: URL, node, until, now. An endpoint that is in hand is skipped: its sender schedules the
# next delivery.
_CLAIM = Write(
    "claim",
    (
        f"""
        UPDATE endpoints SET sender = v.node, due_at = v.until, ready_at = NULL FROM {_CLAIMS}
        WHERE endpoints.url = v.url AND sender IS NULL AND {_NEXT} <= v.now
        """,
        f"""
        UPDATE deliveries SET lease = pick.until
        FROM (
          SELECT v.until, coalesce(
            (SELECT json_array(request_id, event) FROM deliveries
             WHERE url = v.url AND status = 'pending' AND due_at <= v.now
             ORDER BY due_at LIMIT 1),
            (SELECT json_array(request_id, event) FROM deliveries
             WHERE url = v.url AND status = 'pending' AND due_at IS NULL AND resume_at <= v.now
             ORDER BY ended_at, request_id LIMIT 1)) AS key
          FROM {_CLAIMS} JOIN endpoints
            ON endpoints.url = v.url AND sender = v.node AND endpoints.due_at = v.until
        ) AS pick
        WHERE request_id = key->>0 AND event = key->>1
        RETURNING request_id, event, url, body, attempts - base, due_at, lease,
                  (SELECT failures FROM endpoints WHERE url = deliveries.url)
        """,
        # where nothing was due: it has been sent since, or its time has not come
        _reschedule(f"SELECT v.url, v.now FROM {_CLAIMS}"),
    ),
)

_OUTCOMES = """
(SELECT value->>0 AS request_id, value->>1 AS event, value->>2 AS url, value->>3 AS lease,
        value->>4 AS started_at, value->>5 AS seconds, value->>6 AS code, value->>7 AS reason,
        value->>8 AS status, value->>9 AS due_at, value->>10 AS failures, value->>11 AS resume_at,
        value->>12 AS stale, value->>13 AS now
 FROM json_each(?1)) AS v
"""

# The rows: as in _OUTCOMES. NULL leaves `failures` and `resume_at` unchanged. Deliveries of ends
# before `stale` are given up together with this one; NULL gives up none.
_SETTLE = Write(
    "delivered",
    (
        f"""
        INSERT INTO delivery_attempts
        SELECT v.request_id, v.event, attempts + 1, v.started_at, v.seconds, v.code, v.reason
        FROM {_OUTCOMES} JOIN deliveries USING (request_id, event)
        WHERE deliveries.status = 'pending'
        """,
        f"""
        UPDATE deliveries SET status = v.status, due_at = v.due_at, attempts = attempts + 1
        FROM {_OUTCOMES}
        WHERE (deliveries.request_id, deliveries.event) = (v.request_id, v.event)
          AND deliveries.status = 'pending'
        """,
        f"""
        UPDATE deliveries INDEXED BY undelivered
        SET status = iif(v.status = 'disabled', 'disabled', 'failed'),
            due_at = NULL
        FROM {_OUTCOMES}
        WHERE (v.status = 'disabled' OR v.stale IS NOT NULL)  -- first: rarely true; many may wait
          AND deliveries.url = v.url AND deliveries.status = 'pending'
          AND (v.status = 'disabled' OR (deliveries.due_at IS NULL AND ended_at < v.stale))
        """,
        # unless the attempt outlived its lease and another process has the URL in hand
        f"""
        UPDATE endpoints SET sender = NULL, failures = coalesce(v.failures, endpoints.failures),
                             resume_at = coalesce(v.resume_at, endpoints.resume_at),
                             disabled_at = iif(v.status = 'disabled', v.now, disabled_at)
        FROM {_OUTCOMES} WHERE endpoints.url = v.url AND endpoints.due_at = v.lease
        """,
        _reschedule(f"SELECT v.url, v.now FROM {_OUTCOMES}"),
    ),
)

# The rows: node, now
_RELEASE = Write(
    "release",
    (
        """
        UPDATE endpoints SET sender = NULL, due_at = NULL, ready_at = v.value->>1
        FROM json_each(?) AS v WHERE sender = v.value->>0
        """,
    ),
)

# The rows: now. Endpoints whose lease has run out are ready again, too.
_DUE = Write(
    "due",
    (
        f"""
        UPDATE endpoints SET sender = NULL, due_at = NULL, ready_at = v.now, lane = {_LANE}
        FROM (SELECT max(value->>0) AS now FROM json_each(?)) AS v WHERE due_at <= v.now
        """,
    ),
)

# The rows: now. Before version 3 of the schema, only a message said that an endpoint was ready.
_ADOPT = Write(
    "adopt",
    (
        f"""
        UPDATE endpoints SET ready_at = v.value->>0, lane = {_LANE} FROM json_each(?) AS v
        WHERE sender IS NULL AND due_at IS NULL AND ready_at IS NULL
          AND url IN (SELECT url FROM deliveries WHERE status = 'pending')
        """,
    ),
)
_UNMARKED = """
SELECT EXISTS (SELECT 1 FROM json_each(?) AS v JOIN endpoints ON url = v.value
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

# The rows: request id, event, now
_AGAIN = (
    """
    UPDATE deliveries SET status = 'pending', base = attempts, due_at = v.value->>2
    FROM json_each(?) AS v
    WHERE request_id = v.value->>0 AND event = v.value->>1
      AND NOT EXISTS (SELECT 1 FROM endpoints WHERE endpoints.url = deliveries.url
                      AND sender IS NOT NULL AND endpoints.due_at = lease)
    RETURNING request_id, event
    """,
    """
    UPDATE endpoints SET disabled_at = NULL
    FROM json_each(?) AS v JOIN deliveries
      ON request_id = v.value->>0 AND event = v.value->>1 AND deliveries.due_at = v.value->>2
    WHERE endpoints.url = deliveries.url
    """,
    _reschedule(
        """
        SELECT deliveries.url, v.value->>2 AS now FROM json_each(?) AS v
        JOIN deliveries ON request_id = v.value->>0 AND event = v.value->>1
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
        rows = [
            (
                delivery.request_id,
                delivery.event,
                delivery.url,
                delivery.body,
                delivery.ended_at,
                now,
            )
            for delivery in new
        ]
        *_, endpoints = await self._database.write(_STORE, rows)
        return _ready(endpoints, {delivery.url for delivery in new})

    def next_lane(self, after: str, before: str) -> str | None:
        """The first lane between these two in which a URL waits for room."""
        row = self._database.get(_NEXT_LANE, after, before)
        return row[0] if row else None

    def ready_urls(self, lane: str, limit: int) -> list[str]:
        """URLs that wait for room in a lane, longest wait first."""
        return [url for (url,) in self._database.few(_READY, lane, limit)]

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

    def unmarked(self, urls: Sequence[str]) -> bool:
        """Whether an older version announced one of these URLs only with a message."""
        row = self._database.get(_UNMARKED, encode(urls).decode())
        return bool(row and row[0])

    async def adopt(self) -> None:
        """Mark as ready all URLs that an older version announced only with messages."""
        await self._database.write(_ADOPT, [(clock.now(),)])

    def next_due(self) -> float | None:
        """When the next endpoint is due or the next lease ends, in seconds since the epoch."""
        row = self._database.get(_NEXT_DUE)
        return row[0] if row else None

    async def mark_due(self, now: float) -> None:
        """Mark endpoints that are due by `now` as ready."""
        await self._database.write(_DUE, [(now,)])

    async def redeliver(self, request_id: str, event: int) -> list[DeliveryDue] | None:
        """Try a delivery again at once and enable its URL; None if it is in hand now."""
        # a new Write is never batched with another caller's, which would share its rows
        again = Write("redeliver", _AGAIN)
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
