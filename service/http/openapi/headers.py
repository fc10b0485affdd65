"""The headers of requests and answers, in the API document."""

from __future__ import annotations

from typing import Any

from service.http.api.responses import AcceptedResponse, ContentRecordResponse
from service.http.api.submission import idempotency
from service.http.fal.proxy import ADDRESS, TARGET
from service.http.fal.queue import PRIORITY, SECONDS, START_TIMEOUT
from service.http.replicate.prediction_parameters import CANCEL_AFTER, DURATION
from service.messages import PRIORITIES

HEADER_RULES: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "pattern": "^[!-~]+$",
        "minLength": 1,
        "maxLength": idempotency.MAX_KEY_CHARACTERS,
    },
    TARGET: {"pattern": f"^{ADDRESS}"},
    START_TIMEOUT: {"pattern": f"^{SECONDS}$"},
    PRIORITY: {"enum": list(PRIORITIES)},
    CANCEL_AFTER: {"pattern": f"^{DURATION}$"},
}
"""Schemas of headers that are refused if they do not match."""
NEEDED = {TARGET}
"""Headers that must be there."""
UNPROMISED = {"Idempotency-Key"}
"""Headers whose schema cannot promise that they are accepted: the second use of a key with other
parameters is refused. They are under `x-headers`, where tools do not generate values."""
HEADERS: dict[Any, dict[str, str]] = {
    AcceptedResponse: {"Location": "The whole record of the request."},
    ContentRecordResponse: {"ETag": "Changes with the record: send it as `If-None-Match`."},
    401: {"WWW-Authenticate": "How to authenticate."},
    405: {"Allow": "The methods that work."},
    416: {"Content-Range": "How many bytes there are."},
    429: {
        "Retry-After": "Seconds until another attempt makes sense.",
        "RateLimit": "How many requests, or places in the queue, are left.",
        "RateLimit-Policy": "The limit itself.",
    },
    503: {"Retry-After": "Seconds until another attempt makes sense."},
}
"""Documented headers, by the status of a problem or the struct that is sent."""


def headers_of(of: Any) -> dict[str, Any]:
    """The documented headers of a status or of a struct that is sent; empty if there are none."""
    if of not in HEADERS:
        return {}
    return {
        "headers": {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in HEADERS[of].items()
        }
    }
