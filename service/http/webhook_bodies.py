"""Webhook bodies in the form of the API that a request came through."""

from __future__ import annotations

import msgspec

from service.generators.protocol import CLIENT
from service.http.calls.kept import Kept
from service.http.fal import shapes
from service.http.openai.webhook_event import webhook_event
from service.http.replicate import prediction
from service.store.sql.events import EventLog

BODIES = {
    "openai": webhook_event,
    "replicate": prediction.webhook_body,
    "fal": shapes.webhook_body,
}
"""The body for the end of a request; it gets the log and the URL that addresses begin with."""


def foreign_webhook_body(log: EventLog) -> bytes | None:
    """The body for the end of this request; None if it came through Feedmill's own API."""
    text = log.record.request.options.get(CLIENT)
    if text is None:
        return None
    kept = msgspec.json.decode(str(text), type=Kept)
    body = BODIES.get(kept.door)
    return None if body is None else msgspec.json.encode(body(log, kept.root))
