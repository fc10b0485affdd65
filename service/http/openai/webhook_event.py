"""The webhook of a request that came through this API: an event that names the response."""

from __future__ import annotations

from typing import Any

from service.http.calls.kept import kept_of
from service.http.calls.results import origin_of
from service.http.openai.chat.answer import finish_reason
from service.http.openai.responses.parameters import KeptResponse
from service.http.openai.responses.record import PREFIX, STATUSES
from service.store.sql.events import EventLog


def webhook_event(log: EventLog, _root: str) -> dict[str, Any]:
    """The event for the end of a request, which can be read as a response."""
    request = log.record.request
    status: str = STATUSES[log.record.status]
    longest = kept_of(request, KeptResponse).max_output_tokens
    if status == "completed" and finish_reason(longest, origin_of(log.record)) == "length":
        status = "incomplete"
    return {
        "id": f"evt_{request.id}",
        "object": "event",
        "type": f"response.{status}",
        "created_at": int(log.record.finished_at or request.created_at),
        "data": {"id": PREFIX + request.id},
    }
