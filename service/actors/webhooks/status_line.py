"""One HTTP/1.1 POST over a new connection; of the answer, only the status line counts.

Receivers of webhooks answer in ways that a strict HTTP client refuses: 20 KB of cookies, the same
header twice, header names that are no tokens. None of that says whether the event has arrived, so
a delivery never fails because of a header.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Mapping

from yarl import URL

MAX_HEAD_BYTES = 65_536  # of an answer, with its interim answers; the rest is not read
HEADERS_TIMEOUT_SECONDS = 1.0  # for what follows the status line
CHUNK_BYTES = 4096

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d)? +([1-9]\d\d)(?: .*)?", re.DOTALL)
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_RETRY_AFTER = re.compile(rb"^retry-after[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)

SWITCHING_PROTOCOLS_STATUS = 101  # the one status below 200 that is final
FIRST_FINAL_STATUS = 200  # of all others


class NotHttp(Exception):
    """The answer does not begin with a status line."""


class Exchange:
    """One request and its answer; the caller closes the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._head = bytearray()
        self._at = 0  # where the next line begins

    async def post(self, url: URL, headers: Mapping[str, str], body: bytes) -> int:
        """Send a body; returns the status of the final answer. The caller limits the time.

        Raises NotHttp, and OSError if the connection ends before the status line.
        """
        lines = [f"POST {url.raw_path_qs} HTTP/1.1", f"Host: {_host(url)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        self._writer.write("\r\n".join(lines).encode("ascii") + body)
        with contextlib.suppress(OSError):  # the receiver may answer before it has read everything
            await self._writer.drain()
        while True:
            line = await self._line()
            if not line:  # some servers send an empty line first (RFC 9112, 2.2)
                continue
            status_line = _STATUS_LINE.fullmatch(line)
            if status_line is None:
                raise NotHttp
            code = int(status_line[1])
            if code >= FIRST_FINAL_STATUS or code == SWITCHING_PROTOCOLS_STATUS:
                return code
            while line:  # the headers of an interim answer
                line = await self._line()

    async def retry_after(self) -> str | None:
        """The Retry-After header, if it arrives in time.

        The headers are read in any case: otherwise the connection would look broken to the
        receiver.
        """
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(HEADERS_TIMEOUT_SECONDS):
                while not self._end_of_head() and await self._more():
                    pass
        end = self._end_of_head() or len(self._head)
        header = _RETRY_AFTER.search(self._head, self._at, end)
        return header[1].decode("latin-1").strip() if header else None

    def _end_of_head(self) -> int | None:
        match = _END_OF_HEAD.search(self._head, self._at - 1)  # there may be no header at all
        return match.start() + 1 if match else None

    async def _line(self) -> bytes:
        while (end := self._head.find(b"\n", self._at)) < 0:
            if not await self._more():
                if not self._head:
                    raise ConnectionResetError
                if self._at >= len(self._head) or len(self._head) >= MAX_HEAD_BYTES:
                    raise NotHttp
                end = len(self._head)  # some servers close the connection without ending the line
                break
        line, self._at = bytes(self._head[self._at : end].rstrip(b"\r")), end + 1
        return line

    async def _more(self) -> bool:
        """Read more of the head, up to its limit; returns whether anything came."""
        chunk = b""
        if len(self._head) < MAX_HEAD_BYTES:
            chunk = await self._reader.read(CHUNK_BYTES)
        self._head += chunk
        return bool(chunk)


def _host(url: URL) -> str:
    default = {"http": ":80", "https": ":443"}[url.scheme]
    return url.raw_authority.removesuffix(default)
