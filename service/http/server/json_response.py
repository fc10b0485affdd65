"""Answers that are complete when their handler returns: head and body are sent in one write.

aiohttp's own path to the socket also supports streams, cookies, compression and old clients, and
costs as much as everything else for a request that is answered from memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time
from multidict import CIMultiDict

from service.http.server.piecewise_writer import PIECE_BYTES, is_large, write_in_pieces
from service.http.server.security_headers import DEFAULTS, SAFETY

COMMON: Mapping[str, str] = {hdrs.CONTENT_TYPE: "application/json", **SAFETY, **DEFAULTS}


END = b"\n"  # of every JSON text: at a terminal the prompt is on the next line


class JsonResponse(web.StreamResponse):
    """A JSON text and a newline, with the headers that make it safe and `headers`.

    `headers` must not contain anything that a client sent.
    """

    def __init__(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status=status)
        self._content = body
        self._own = headers
        self._whole: web.Response | None = None  # set when aiohttp sends the answer

    @property
    def headers(self) -> CIMultiDict[str]:
        """All headers, for callers that add more: aiohttp then sends the answer."""
        if not self._headers:
            self._headers.update({**COMMON, **(self._own or {})})
        return self._headers

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        protocol, own = request.protocol, self._own
        head_only = request.method == "HEAD"
        if (
            self._headers
            or self._keep_alive is False
            or request.version != HttpVersion11
            or not request.keep_alive  # the client keeps its connection for the next
            or head_only
            or len(self._content) >= PIECE_BYTES
        ):
            return await self._prepare_whole(request)
        transport = protocol.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the client has left")
        self._keep_alive = True
        self._eof_sent = True  # aiohttp checks it before it ends the answer
        head = _HEADS.get(self._status) or _head(self._status, self._reason)
        if own:
            if COMMON.keys().isdisjoint(own):
                head += _lines(own)
            else:
                head = head.removesuffix(_COMMON) + _lines({**COMMON, **own})
        content = self._content
        transport.write(
            f"{head}Content-Length: {len(content) + 1}\r\n"
            f"Date: {rfc822_formatted_time()}\r\n\r\n".encode()
            + content
            + END
        )
        writer = request.writer
        if protocol.writing_paused:
            await writer.drain()
        return writer

    async def _prepare_whole(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        whole = web.Response(body=self._content + END, status=self.status, headers=self.headers)
        self._whole = whole
        self._content = b""  # not kept twice while a slow client reads
        if self._keep_alive is False:
            whole.force_close()
        if is_large(whole):
            protocol: Any = request.protocol
            write_in_pieces(request, protocol.outgoing)
        writer = await whole.prepare(request)
        self._keep_alive = whole.keep_alive
        return writer

    async def write_eof(self, data: bytes = b"") -> None:
        if self._whole is not None:
            await self._whole.write_eof(data)


def _lines(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


_COMMON = _lines(COMMON)
_HEADS: dict[int, str] = {}


def _head(status: int, reason: str) -> str:
    return _HEADS.setdefault(status, f"HTTP/1.1 {status} {reason}\r\n{_COMMON}")
