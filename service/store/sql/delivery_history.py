"""The deliveries of a request, for lists: every attempt, and the time of the next one."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from service.store.sql.deliveries import DeliveryStatus, delivery_id
from service.store.sqlite.database import Database

_OF_REQUEST = """
SELECT event, d.url, body->>'type', status, ended_at,
  sender IS NOT NULL AND e.due_at = lease,
  CASE
    WHEN status <> 'pending' THEN NULL
    WHEN d.due_at IS NOT NULL THEN d.due_at
    WHEN (request_id, event) = (SELECT request_id, event FROM deliveries
                                WHERE url = d.url AND status = 'pending' AND due_at IS NULL
                                ORDER BY ended_at, request_id LIMIT 1) THEN max(resume_at, ended_at)
  END,
  (SELECT json_group_array(json_array(number, started_at, seconds, code, reason))
   FROM delivery_attempts AS a WHERE a.request_id = d.request_id AND a.event = d.event)
FROM deliveries AS d LEFT JOIN endpoints AS e USING (url)
WHERE request_id = ? ORDER BY event
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
        return [
            WebhookDelivery(
                request_id, event, url, kind, status, ended, bool(in_hand), at, _attempts(attempts)
            )
            for event, url, kind, status, ended, in_hand, at, attempts in (
                await self._database.lists.all(_OF_REQUEST, request_id, client=client)
            )
        ]


def _attempts(text: str) -> tuple[WebhookAttempt, ...]:
    return tuple(WebhookAttempt(*row) for row in sorted(msgspec.json.decode(text)))
