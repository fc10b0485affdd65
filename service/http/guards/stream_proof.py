"""Stream proofs: an address that lets its bearer follow one request for an hour, without a key.

Some clients open the address of a stream without any header.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from service import clock

PROOF = "proof"  # the parameter in the address
VALID_SECONDS = 3600
STREAMS = ("/stream", "/stream/")
"""Endings of the paths that take a proof."""
_FORM = re.compile(r"([0-9]{1,12})\.([A-Za-z0-9_-]{1,64})", re.ASCII)


class StreamProofs:
    """Makes and checks proofs, which all processes with the same webhook secrets accept.

    `owner_of` is the owner of a request, if its key is still in use: None for one without a key.
    """

    def __init__(
        self, keys: Sequence[bytes], owner_of: Callable[[str], Awaitable[str | None]]
    ) -> None:
        self._keys = [hmac.new(key, b"proofs of streams", hashlib.sha256).digest() for key in keys]
        self.owner_of = owner_of

    def make(self, id_: str) -> str:
        """A proof for this request, for as long as it is valid."""
        until = int(clock.now()) + VALID_SECONDS
        return f"{until}.{_sign(self._keys[0], id_, until)}"

    def proved(self, request: web.Request, *, is_open: bool = False) -> str | None:
        """The id of the request that a client may follow by the proof in the address, or None.

        A stream that `is_open` may outlast its proof.
        """
        id_, proof = request.match_info.get("prediction", ""), _FORM.fullmatch(sent_proof(request))
        if proof is None or not (is_open or int(proof[1]) >= clock.now()):
            return None
        signatures = (_sign(key, id_, int(proof[1])) for key in self._keys)
        return id_ if any(hmac.compare_digest(proof[2], right) for right in signatures) else None


def sent_proof(request: web.Request) -> str:
    """The proof in an address that takes one; "" for none."""
    if request.method != "GET" or not request.path.endswith(STREAMS):
        return ""
    return request.rel_url.query.get(PROOF, "")


def _sign(key: bytes, id_: str, until: int) -> str:
    signed = f"{id_}.{until}".encode(errors="backslashreplace")
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


PROOFS = web.AppKey("stream proofs", StreamProofs)
