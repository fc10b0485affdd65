"""Texts that are the same for every visitor: pages, scripts, style sheets, the API document.

Each has an ETag, and is compressed once, when the first client asks for a coding.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import brotli
from aiohttp import web

from service.http import negotiation

FOLDER = Path(__file__).parents[1] / "pages" / "static"
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-cache",  # cached, and revalidated with its ETag
}
CONTENT_TYPES = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}
COMPRESSED_FROM_BYTES = 1024  # a smaller answer is one packet anyway

# 1 ms for a page; the highest levels take 50 times as long to save another tenth
_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, mode=brotli.MODE_TEXT, quality=5),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}
CODINGS = tuple(_COMPRESS)  # the first is the smallest


class StaticText:
    """One text, its ETag, and its compressed forms, made on demand."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.content_type = content_type
        self.body = body
        self._digest = hashlib.blake2b(body, digest_size=12).hexdigest()
        self._encoded = {negotiation.IDENTITY: body}

    def etag(self, coding: str) -> str:
        """A strong tag, different for each coding."""
        return (
            f'"{self._digest}"' if coding == negotiation.IDENTITY else f'"{self._digest}-{coding}"'
        )

    async def encoded(self, coding: str) -> bytes:
        """The text in this coding."""
        if coding not in self._encoded:
            self._encoded[coding] = await asyncio.to_thread(_COMPRESS[coding], self.body)
        return self._encoded[coding]

    async def response(
        self, request: web.BaseRequest, headers: Mapping[str, str] = PAGE_HEADERS
    ) -> web.Response:
        """The text as this client wants it, or a 304 if the client has it."""
        coding = negotiation.IDENTITY
        headers = dict(headers)
        if len(self.body) > COMPRESSED_FROM_BYTES:
            coding = negotiation.encoding(negotiation.header(request, "Accept-Encoding"), CODINGS)
            negotiation.add_vary(headers, "Accept-Encoding")
        headers["ETag"] = self.etag(coding)
        if negotiation.has(negotiation.header(request, "If-None-Match"), headers["ETag"]):
            return web.Response(status=304, headers=headers)
        if coding != negotiation.IDENTITY:
            headers["Content-Encoding"] = coding
        return web.Response(
            body=await self.encoded(coding),
            headers={**headers, "Content-Type": self.content_type},
        )


@cache
def page_file(name: str) -> StaticText:
    """A style sheet, script or icon of the pages."""
    suffix = name.rpartition(".")[2]
    content_type = "image/png" if suffix == "png" else f"{CONTENT_TYPES[suffix]}; charset=utf-8"
    return StaticText((FOLDER / name).read_bytes(), content_type)
