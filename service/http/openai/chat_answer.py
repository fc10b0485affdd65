"""The content of an answer and its finish reason, from the log of its request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from service.http.openai.calls import whole_address
from service.http.openai.shapes import FinishReason
from service.store.sql.events import EventLog


def content_of(request: web.Request, log: EventLog) -> str:
    """The answer of a completed request: its text, and its picture as Markdown."""
    text = next((part.text for part in log.record.parts if part.text), "")
    picture = picture_of(request, log)
    return "\n\n".join(filter(None, (text, picture)))


def picture_of(request: web.Request, log: EventLog) -> str:
    """The picture of a completed request as Markdown; "" if it has none."""
    for part in log.record.parts:
        if part.image_uri:
            description = (part.origin or {}).get("alt") or log.record.request.prompt
            words = " ".join(re.sub(r"[\[\]\\]", " ", description).split())
            return f"![{words}]({whole_address(request, part.image_uri)})"
    return ""


def origin_of(log: EventLog) -> Mapping[str, Any]:
    """The origin of the answer's text, or else of its picture."""
    parts = sorted(log.record.parts, key=lambda part: part.kind != "text")
    return (parts[0].origin if parts else None) or {}


def finish_reason(longest: int | None, origin: Mapping[str, Any]) -> FinishReason:
    """Whether an answer ended by itself, or after `longest` tokens."""
    written = origin.get("completion_tokens")
    return "length" if longest is not None and written and written >= longest else "stop"
