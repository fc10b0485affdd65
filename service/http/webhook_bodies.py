"""Webhook bodies in the form of the API that a request came through."""

from __future__ import annotations

import msgspec

from service.addresses import with_base
from service.generators.protocol import CLIENT
from service.http.calls.kept import Kept
from service.http.fal import shapes
from service.http.openai.webhook_event import webhook_event
from service.http.replicate import prediction
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import iso

FOREIGN_BODIES = {
    "openai": webhook_event,
    "replicate": prediction.webhook_body,
    "fal": shapes.webhook_body,
}
"""The bodies of the APIs that have webhooks; each gets the URL that addresses begin with."""


def webhook_body(log: EventLog, base: str) -> bytes:
    """The body for the end of a request: the last event of its log.

    Addresses of this service begin with the URL that the client has for it if that was kept with
    the request, and otherwise with `base`.
    """
    text = log.record.request.options.get(CLIENT)
    kept = Kept() if text is None else msgspec.json.decode(str(text), type=Kept)
    foreign = FOREIGN_BODIES.get(kept.door)
    body = foreign(log, kept.root) if foreign else _content_event(log, kept.root or base)
    return msgspec.json.encode(body)


def _content_event(log: EventLog, base: str) -> dict[str, object]:
    """The form of Feedmill's own API."""
    end = log.events[-1]
    return {
        "type": f"content.{end.name}",
        "timestamp": iso(log.record.finished_at),
        "data": msgspec.Raw(with_base(end.data, base)),
        "event_id": str(end.seq),
    }
