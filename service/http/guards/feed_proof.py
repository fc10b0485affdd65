"""Feed proofs: an address with which a feed reader reads one author's posts, without a key.

It is good for that author's Atom, JSON Feed and posts, until it or the key that made it is revoked.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from service.http.guards.stream_proof import PROOF

PATH = re.compile(r"/feed/(?:authors/[^/]+/(?:atom|json)|posts/[^/]+)/?")
"""The paths that take a proof."""
_FORM = re.compile(r"([0-9]{1,15})\.([A-Za-z0-9_-]{1,64})", re.ASCII)


class FeedProofs:
    """Makes and checks proofs, which all processes with the same webhook secrets accept.

    `find` has the author and the key of a number; `author_of` the author of a post.
    """

    def __init__(
        self,
        keys: Sequence[bytes],
        find: Callable[[int], Awaitable[tuple[str, str] | None]],
        author_of: Callable[[str], Awaitable[str | None]],
    ) -> None:
        self._keys = [hmac.new(key, b"proofs of feeds", hashlib.sha256).digest() for key in keys]
        self._find = find
        self._author_of = author_of

    def make(self, number: int, author: str) -> str:
        """The proof of the address with this number."""
        return f"{number}.{_sign(self._keys[0], number, author)}"

    async def proved(self, request: web.Request) -> str | None:
        """The name of the key for which a client may read what it asks for, or None."""
        proof = _FORM.fullmatch(sent_feed_proof(request))
        found = proof and await self._find(int(proof[1]))
        if not proof or not found:
            return None
        author, owner = found
        signatures = (_sign(key, int(proof[1]), author) for key in self._keys)
        if not any(hmac.compare_digest(proof[2], right) for right in signatures):
            return None
        asked = request.match_info.get("author")
        if asked is None and (id_ := request.match_info["id"]).isascii():
            asked = await self._author_of(id_)
        return owner if asked == author else None


def sent_feed_proof(request: web.Request) -> str:
    """The proof in an address that takes one; "" for none."""
    if request.method not in {"GET", "HEAD"} or not PATH.fullmatch(request.rel_url.raw_path):
        return ""
    return request.rel_url.query.get(PROOF, "")


def _sign(key: bytes, number: int, author: str) -> str:
    signed = f"{number}.{author}".encode(errors="backslashreplace")
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


FEED_PROOFS = web.AppKey("feed proofs", FeedProofs)
