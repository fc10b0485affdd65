"""`Idempotency-Key`: a prompt sent several times with the same key makes one request.

After draft-ietf-httpapi-idempotency-key-header. A key lives as long as the request it made.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from aiohttp import web

from service.http.parameters.parse import Parameters, refusal
from service.http.problems import Problem
from service.store.sql.requests.request_acceptance import IdempotencyKey

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"  # marks the answer to a repeated submission
MAX_KEY_CHARACTERS = 255


def idempotency_key(
    request: web.Request, parameters: Parameters, tag: str = ""
) -> IdempotencyKey | None:
    """The key that came with a prompt; None without one. Raises Problem.

    `tag` is what to make, unless it is among the parameters.
    """
    keys = request.headers.getall(HEADER, ())
    if not keys:
        return None
    key = keys[0].strip()
    if (
        len(keys) > 1
        or not 1 <= len(key) <= MAX_KEY_CHARACTERS
        or not key.isascii()
        or not key.isprintable()
    ):
        raise refusal(
            {HEADER: f"Must be one text of 1 to {MAX_KEY_CHARACTERS} visible ASCII characters."}
        )
    return IdempotencyKey(key, hashlib.sha256(_encode(parameters) + tag.encode()).hexdigest())


def check_same(before: IdempotencyKey, now: IdempotencyKey) -> None:
    """Raises Problem if the same key came with other parameters."""
    if before.digest != now.digest:
        raise Problem(
            "idempotency-key-reused", "This Idempotency-Key was used for another request."
        )


def _plain(field: Any) -> Any:
    return dict(field) if isinstance(field, dict) else str(field)


_encode = msgspec.json.Encoder(enc_hook=_plain, order="deterministic").encode
