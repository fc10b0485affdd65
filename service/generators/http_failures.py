"""What a remote service's refusal means for the job: a sentence, and whether to try again."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from service.generators.protocol import GenerationFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_PAUSE = 86_400.0
"""Seconds: a Retry-After beyond a day is taken for a mistake of the other side."""

SENTENCES: Mapping[int, str] = {
    400: "The {service} service did not accept this request.",
    401: "The {service} service did not accept the configured API key.",
    402: "The account at the {service} service has no credit left.",
    403: "The {service} service does not allow this request.",
    404: "The {service} service does not know the configured model or address.",
    408: "The {service} service waited too long for the request.",
    409: "The {service} service was busy with a conflicting request.",
    413: "The prompt is too long for the {service} service.",
    422: "The {service} service did not accept this request.",
    425: "The {service} service was not ready for the request yet.",
    429: "The {service} service asks for fewer requests for now.",
}

RETRYABLE = frozenset({408, 409, 425, 429})
"""Refusals below 500 that pass by themselves."""

CODES: Mapping[str, str] = {
    "context_length_exceeded": "The prompt is too long for the {service} model.",
    "exceed_context_size_error": "The prompt is too long for the {service} model.",
    "content_filter": "The {service} service declined this prompt for its content.",
    "content_policy_violation": "The {service} service declined this prompt for its content.",
    "moderation_blocked": "The {service} service declined this prompt for its content.",
    "billing_hard_limit_reached": "The quota at the {service} service is used up.",
    "insufficient_quota": "The quota at the {service} service is used up.",
}
"""Error codes that say more than the status: OpenAI, Azure OpenAI and llama.cpp use them. None of
them passes by itself, although a used-up quota comes with the status 429."""


def refused(
    service: str, status: int, headers: Mapping[str, str], code: str | None = None
) -> GenerationFailed:
    """The failure behind an HTTP status; `service` is "text" or "image".

    Nothing the other side wrote gets into the sentence: it may repeat the key or name its hosts.
    """
    known = CODES.get(code or "")
    passing = status in RETRYABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    retryable = passing and known is None
    sentence = known or SENTENCES.get(status)
    if sentence is None and HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        sentence = "The {service} service has moved: its configured address redirects elsewhere."
    if sentence is None and retryable:
        sentence = "The {service} service has a problem of its own just now."
    return GenerationFailed(
        (sentence or SENTENCES[400]).format(service=service),
        retryable=retryable,
        retry_after=pause(headers) if retryable else None,
    )


def pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that the other side asks to wait: 0 … one day, None if it does not say.

    Understands Retry-After as seconds or as a date (RFC 9110, 10.2.3) and OpenAI's finer
    retry-after-ms.
    """
    for name, unit in (("retry-after-ms", 0.001), ("Retry-After", 1.0)):
        value = headers.get(name, "").strip()
        if not value:
            continue
        try:
            seconds = float(value) * unit
        except ValueError:
            try:
                seconds = parsedate_to_datetime(value).timestamp() - time.time()
            except (ValueError, OverflowError):  # a year of twenty digits
                continue
        if seconds == seconds:  # noqa: PLR0124 - false only for "nan", which float() accepts
            return min(max(seconds, 0.0), LONGEST_PAUSE)
    return None
