"""Refusals of remote services as failures of a job: a sentence, a cause, and whether to retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from service.generators.protocol import Cause, GenerationFailed
from service.retry_after import pause

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
MOVED = "The {service} service has moved: its configured address redirects elsewhere."
PROBLEM = "The {service} service has an internal problem at the moment."

RETRYABLE = frozenset({408, 409, 425, 429})
"""Temporary statuses below 500."""

AWAY = frozenset({502, 503, 504, 520, 521, 522, 523, 525, 526, 530})
"""Statuses of a server that is loading or shutting down, or of a proxy without one (from 520:
Cloudflare's)."""

SETUP = frozenset({401, 402, 404, 405})
"""Statuses of every job until an operator changes something."""

DECLINED = "The {service} service declined this prompt for its content."
TOO_LONG = "The prompt is too long for the {service} model."
NO_QUOTA = "The quota at the {service} service is used up."

CODES: Mapping[str, str] = {
    "context_length_exceeded": TOO_LONG,
    "exceed_context_size_error": TOO_LONG,
    "content_filter": DECLINED,
    "content_filtered": DECLINED,
    "content_policy_violation": DECLINED,
    "image_content_policy_violation": DECLINED,
    "image_generation_user_error": DECLINED,
    "moderation_blocked": DECLINED,
    "responsible_ai_policy_violation": DECLINED,
    "safety_violations": DECLINED,
    "prohibited_content": DECLINED,
    "data_inspection_failed": DECLINED,
    "billing_hard_limit_reached": NO_QUOTA,
    "insufficient_quota": NO_QUOTA,
}
"""Error codes of OpenAI, Azure OpenAI and llama.cpp that say more than the status. None of them is
temporary, although a used-up quota has the status 429."""

_KNOWN = {code.replace("_", ""): sentence for code, sentence in CODES.items()}
_UNKNOWN_MODEL = re.compile(
    r"\b(?:invalid|unknown|no such) model\b"
    r"|\bmodel\b[^.]{0,80}\b(?:not (?:be )?found|not exist|unknown)",
    re.IGNORECASE,
)
_NOTHING = frozenset(
    {"", "0", "0.0", "null", "none", "nil", "ok", "success", "false", "200", "no error", "n/a"}
)
"""Values of an error's fields that mean that there is no error."""


def refused(
    service: str,
    status: int,
    headers: Mapping[str, str],
    code: str | None = None,
    message: str = "",
) -> GenerationFailed:
    """The failure for an HTTP status; `service` is "text" or "image".

    The sentence has no words of the server, which may repeat the key or name hosts.
    """
    sentence_of_code = _known(code)
    passing = status in RETRYABLE or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    retryable = passing and sentence_of_code is None
    sentence = sentence_of_code or SENTENCES.get(status)
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    if sentence is None and redirected:
        sentence = MOVED
    if sentence is None and retryable:
        sentence = PROBLEM
    cause = _cause(status, redirected=redirected, known=sentence_of_code)
    if (
        cause == "job"
        and sentence_of_code is None
        and not passing
        and _UNKNOWN_MODEL.search(message)
    ):
        cause, sentence = "setup", SENTENCES[404]
    return GenerationFailed(
        (sentence or SENTENCES[400]).format(service=service),
        retryable=retryable,
        retry_after=pause(headers) if retryable else None,
        cause=cause,
        detail=f"{status} {message}".strip(),
    )


def _known(code: str | None) -> str | None:
    return _KNOWN.get(re.sub(r"[^a-z]", "", (code or "").lower()))


def _cause(status: int, *, redirected: bool, known: str | None) -> Cause:
    if known is not None:
        return "setup" if known == NO_QUOTA else "job"
    if status in AWAY:
        return "away"
    if status in SETUP or redirected:
        return "setup"
    return "busy" if status == HTTPStatus.TOO_MANY_REQUESTS else "job"


def error_in(answer: Any) -> Any:
    """The error in an answer with status 200; None if there is none.

    Some servers send an empty error with every answer.
    """
    if not isinstance(answer, dict):
        return None
    error = answer.get("error", answer.get("errors"))
    if error is None and answer.get("object") == "error":
        error = answer
    return error if _says_something(error) else None


def refusal_in(service: str, error: Any) -> tuple[GenerationFailed, int]:
    """The failure for an error in an answer with status 200, and the status it should have had."""
    if isinstance(error, list):
        error = next(filter(_says_something, error), None)
    fields = error if isinstance(error, dict) else {}
    words = [str(fields.get(name) or "") for name in ("code", "type", "status", "status_code")]
    statuses = [int(word) for word in words if word.isdecimal() and len(word) == 3]
    status = next((status for status in statuses if status >= HTTPStatus.BAD_REQUEST), 500)
    named = [word for word in words if not word.isdecimal()]
    code = next((word for word in named if _known(word)), next(filter(None, named), None))
    message = str(fields.get("message") or error)
    return refused(service, status, {}, code, message), status


def _says_something(error: Any) -> bool:
    match error:
        case dict():
            names = ("message", "code", "type", "status", "status_code", "detail", "msg")
            return any(_says_something(error.get(name)) for name in names)
        case list():
            return any(map(_says_something, error))
        case None:
            return False
    return str(error).strip(" .!\n").lower() not in _NOTHING
