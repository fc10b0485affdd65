"""The deliveries of a request, for lists: every attempt, and the time of the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from service.store.database import Database
from service.store.sql.webhooks.deliveries import DeliveryStatus, delivery_id

_DELIVERIES = """
SELECT request_id, event, d.url, json_text(body, 'type'), status, ended_at,
  sender IS NOT NULL AND e.due_at = lease,
  CASE
    WHEN status <> 'pending' THEN NULL
    WHEN d.due_at IS NOT NULL THEN d.due_at
    WHEN (request_id, event) = (SELECT request_id, event FROM deliveries
                                WHERE url = d.url AND status = 'pending' AND due_at IS NULL
                                ORDER BY ended_at, request_id LIMIT 1)
      THEN greatest(resume_at, ended_at)
  END,
  (SELECT json_rows(number, started_at, seconds, code, reason)
   FROM delivery_attempts AS a WHERE a.request_id = d.request_id AND a.event = d.event)
FROM deliveries AS d LEFT JOIN endpoints AS e USING (url)
"""
_OF_REQUEST = f"{_DELIVERIES} WHERE request_id = ? ORDER BY event"

MAX_TROUBLED_URLS = 100
MAX_OF_URL = 20  # deliveries of a URL: of its latest requests, and as many of those that wait

# ?1: limit. Bounded for each URL: its history may be long, and so may what waits.
_TROUBLED = f"""
WITH troubled AS (
  SELECT url FROM endpoints WHERE failures > 0 OR disabled_at IS NOT NULL LIMIT {MAX_TROUBLED_URLS}
), found AS (
  SELECT url, latest.value AS id FROM troubled CROSS JOIN json_items(
    (SELECT json_list(request_id) FROM (
       SELECT request_id FROM deliveries INDEXED BY deliveries_of_url
       WHERE url = troubled.url ORDER BY request_id DESC LIMIT {MAX_OF_URL}) AS of_url)
  ) AS latest ON true
  UNION
  SELECT url, waiting.value FROM troubled CROSS JOIN json_items(
    (SELECT json_list(request_id) FROM (
       SELECT request_id FROM deliveries INDEXED BY undelivered
       WHERE url = troubled.url AND status = 'pending'
       ORDER BY due_at, ended_at LIMIT {MAX_OF_URL}) AS pending)
  ) AS waiting ON true
)
{_DELIVERIES} WHERE (d.url, request_id) IN (SELECT url, id FROM found) AND status <> 'delivered'
ORDER BY d.attempts = 0, ended_at DESC, request_id DESC LIMIT ?1
"""


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One attempt at a delivery, for a list."""

    number: int
    started_at: float
    seconds: float
    code: int | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A delivery, for a list. `next_at` is None while it waits for an earlier one."""

    request_id: str
    event: int
    url: str
    type: str
    status: DeliveryStatus
    ended_at: float
    in_hand: bool
    next_at: float | None
    attempts: tuple[WebhookAttempt, ...]

    @property
    def id(self) -> str:
        """The id that receivers see."""
        return delivery_id(self.request_id, self.event)


class DeliveryHistory:
    """The delivery attempts of a request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_request(self, request_id: str, *, client: str = "") -> list[WebhookDelivery]:
        """The deliveries of a request, in the order of their events; `client` is the caller."""
        rows = await self._database.lists.all(_OF_REQUEST, request_id, client=client)
        return list(map(_delivery, rows))

    async def troubled(self, limit: int, *, client: str = "") -> list[WebhookDelivery]:
        """Deliveries that were not accepted, of URLs that fail; `client` is the caller.

        Those that were tried come first, then those that wait behind them, each newest first. Of a
        URL at most those of its MAX_OF_URL latest requests, and as many of those that wait for it.
        """
        rows = await self._database.lists.all(_TROUBLED, limit, client=client)
        return list(map(_delivery, rows))


def _delivery(row: tuple[Any, ...]) -> WebhookDelivery:
    request_id, event, url, kind, status, ended, in_hand, at, attempts = row
    return WebhookDelivery(
        request_id, event, url, kind, status, ended, bool(in_hand), at, _attempts(attempts)
    )


def _attempts(text: str) -> tuple[WebhookAttempt, ...]:
    return tuple(WebhookAttempt(*row) for row in sorted(msgspec.json.decode(text)))
