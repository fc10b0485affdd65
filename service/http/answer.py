"""Answers that are complete when their handler returns: head and body leave in one write.

aiohttp's own way to the socket also bears streams, cookies, compression and old clients, and costs
as much as all else that is done for a request which is answered from memory.
"""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time

JSON: Mapping[str, str] = {hdrs.CONTENT_TYPE: "application/json"}


class Answer(web.Response):
    """A JSON text, sent as it is."""

    def __init__(
        self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(body=body, status=status, headers={**JSON, **(headers or {})})
        self._bytes = body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if not _is_plain(request) or self.keep_alive is False:
            return await super().prepare(request)
        headers = self.headers
        headers[hdrs.CONTENT_LENGTH] = str(len(self._bytes))
        headers[hdrs.DATE] = rfc822_formatted_time()
        self._keep_alive = True
        self._eof_sent = True  # for aiohttp, who asks for the rest
        writer = request.writer
        await writer.write_headers(f"HTTP/1.1 {self.status} {self.reason}", headers)
        await writer.write_eof(self._bytes)
        return writer


def _is_plain(request: web.BaseRequest) -> bool:
    """Whether the client expects a body, and keeps the connection for its next request."""
    return request.version == HttpVersion11 and request.keep_alive and request.method != "HEAD"
