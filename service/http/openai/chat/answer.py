"""The content of an answer and its finish reason, from the log of its request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from service.http.calls.results import picture_of, text_of, whole_address
from service.http.openai.shapes import FinishReason
from service.store.sql.events import EventLog


def content_of(request: web.Request, log: EventLog) -> str:
    """The answer of a completed request: its text, and its picture as Markdown."""
    picture = _markdown(request, log)
    return "\n\n".join(filter(None, (text_of(log.record), picture)))


def _markdown(request: web.Request, log: EventLog) -> str:
    """The picture of a completed request as Markdown; "" if it has none."""
    part = picture_of(log.record)
    if part is None or part.image_uri is None:
        return ""
    description = (part.origin or {}).get("alt") or log.record.request.prompt
    words = " ".join(re.sub(r"[\[\]\\]", " ", description).split())
    return f"![{words}]({whole_address(request, part.image_uri)})"


def finish_reason(longest: int | None, origin: Mapping[str, Any]) -> FinishReason:
    """Whether an answer ended by itself, or after `longest` tokens."""
    written = origin.get("completion_tokens")
    return "length" if longest is not None and written and written >= longest else "stop"
