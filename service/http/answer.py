"""Answers that are complete when their handler returns: head and body leave in one write.

aiohttp's own way to the socket also bears streams, cookies, compression and old clients, and costs
as much as all else that is done for a request which is answered from memory.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time
from multidict import CIMultiDict

from service.http.safety import SAFETY, UNLESS_SAID, safe

COMMON: Mapping[str, str] = {hdrs.CONTENT_TYPE: "application/json", **SAFETY, **UNLESS_SAID}


class Answer(web.Response):
    """A JSON text, sent as it is, with the headers that make it safe and `headers`.

    The names and values of these are this program's: nothing that a client sent may be in them.
    """

    def __init__(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(body=body, status=status)
        self._bytes = body
        self._own = headers or {}

    @property
    def headers(self) -> CIMultiDict[str]:
        """All of them, for whoever adds some more: then they go aiohttp's way."""
        known = super().headers
        if not known:
            known.update({**COMMON, **self._own})
        return known

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if super().headers or not _is_plain(request) or self.keep_alive is False:
            self.headers  # noqa: B018 - makes them
            return await super().prepare(request)
        self._keep_alive = True
        self._eof_sent = True  # for aiohttp, who asks for the rest
        head = (
            f"HTTP/1.1 {self.status} {self.reason}\r\n"
            f"Content-Length: {len(self._bytes)}\r\nDate: {rfc822_formatted_time()}\r\n"
        )
        if COMMON.keys().isdisjoint(self._own):
            head += _COMMON + _lines(self._own)
        else:
            head += _lines({**COMMON, **self._own})
        await request.writer.write(b"%b\r\n%b" % (head.encode(), self._bytes))
        await request.writer.drain()  # `write` does not wait for small ones, however many
        return request.writer


def safe_to_show(response: web.StreamResponse) -> web.StreamResponse:
    """The response with the headers that every answer carries."""
    return response if isinstance(response, Answer) else safe(response)


def _lines(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


_COMMON = _lines(COMMON)


def _is_plain(request: web.BaseRequest) -> bool:
    """Whether the client expects a body, and keeps the connection for its next request."""
    return request.version == HttpVersion11 and request.keep_alive and request.method != "HEAD"
