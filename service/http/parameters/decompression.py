"""Request bodies with a `Content-Encoding`: inflated when a handler reads them, with two bounds.

aiohttp inflates on the event loop while a body arrives, for refused requests as well, so that is
switched off. Here `max_body` bounds the size of the result, and one thread for all bodies, with a
bounded queue, the time: zlib releases the interpreter lock, so the event loop keeps running.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web

from service.http.problems import Problem, unavailable

CODINGS = ("gzip", "deflate")
INLINE_BYTES = 1024  # a compressed body of this size is inflated faster than a thread takes it,
INLINE_RESULT_BYTES = 2**14  # if it does not become more than this
MAX_WAITING_BYTES = 2**24  # of compressed bodies that wait for the thread
MAX_MEMBERS = 16  # gzip files that may follow each other in one body; each costs a decoder


class _Inflater:
    """The thread, and the number of bytes that wait for it."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "inflate")  # starts it at the first large body
        self._waiting = 0

    async def run(self, body: bytes, coding: str, max_bytes: int) -> bytes:
        """The body as it was before compression. Raises Problem if too many wait."""
        if self._waiting and self._waiting + len(body) > MAX_WAITING_BYTES:
            raise unavailable("Too many compressed bodies have come at once.")
        loop = asyncio.get_running_loop()
        self._waiting += len(body)
        try:
            return await loop.run_in_executor(self._thread, _inflate, body, coding, max_bytes)
        finally:
            self._waiting -= len(body)


_inflater = _Inflater()


def content_coding(request: web.BaseRequest) -> str:
    """How the body is compressed: "" or one of CODINGS. Raises Problem for any other coding."""
    if "Content-Encoding" not in request.headers:
        return ""
    named = ",".join(request.headers.getall("Content-Encoding", ())).strip().lower()
    coding = named.removeprefix("x-") if named == "x-gzip" else named
    if coding in {"", "identity"}:
        return ""
    if coding not in CODINGS:
        raise Problem(
            "unsupported-media-type",
            f"The body may be compressed with {' or '.join(CODINGS)}, and only once.",
            headers={"Accept-Encoding": ", ".join(CODINGS)},
        )
    return coding


async def inflated(body: bytes, coding: str, max_bytes: int) -> bytes:
    """The body as it was before compression. Raises Problem or HTTPRequestEntityTooLarge."""
    try:
        if len(body) <= INLINE_BYTES:
            with contextlib.suppress(web.HTTPRequestEntityTooLarge):
                return _inflate(body, coding, min(max_bytes, INLINE_RESULT_BYTES))
        return await _inflater.run(body, coding, max_bytes)
    except (zlib.error, EOFError):
        raise Problem("invalid-request", f"The body is not valid {coding} data.") from None


def _inflate(body: bytes, coding: str, max_bytes: int) -> bytes:
    result = bytearray()
    for _ in range(MAX_MEMBERS):
        decoder = zlib.decompressobj(_window_bits(body, coding))
        result += decoder.decompress(body, max_bytes + 1 - len(result))
        if len(result) > max_bytes:
            raise web.HTTPRequestEntityTooLarge(max_bytes)
        if not decoder.eof:
            raise EOFError
        body = decoder.unused_data
        if not body:
            return bytes(result)
    raise EOFError


def _window_bits(body: bytes, coding: str) -> int:
    """The format in zlib's terms: gzip, zlib, or the bare deflate that some clients send."""
    if coding == "gzip":
        return 16 + zlib.MAX_WBITS
    has_zlib_header = body[:1] and body[0] & 0x0F == 8  # RFC 1950: the method
    return zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS
