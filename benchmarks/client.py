"""A minimal HTTP/1.1 client, so that the load driver leaves the CPU to the server."""

from __future__ import annotations

import asyncio
import re
from typing import cast
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)

Answer = tuple[int, bytes]
"""Status and body."""


class Client:
    """A client of one server, with one kept-alive connection per concurrent request.

    Every answer must have a Content-Length. There are no time limits: the caller sets one.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._tail = f" HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
        self._free: list[_Connection] = []
        self.asked = 0

    async def get(self, target: str) -> Answer:
        """The answer to GET. Raises OSError if the connection is lost."""
        return await self._ask(f"GET {target}{self._tail}\r\n".encode())

    async def post(self, target: str, body: bytes = b"") -> Answer:
        """The answer to POST of JSON, or nothing. Raises OSError if the connection is lost."""
        kind = "Content-Type: application/json\r\n" if body else ""
        length = f"Content-Length: {len(body)}\r\n\r\n"
        return await self._ask(f"POST {target}{self._tail}{kind}{length}".encode() + body)

    async def delete(self, target: str) -> Answer:
        """The answer to DELETE. Raises OSError if the connection is lost."""
        return await self._ask(f"DELETE {target}{self._tail}\r\n".encode())

    async def _ask(self, request: bytes) -> Answer:
        self.asked += 1
        connection = self._free.pop() if self._free else None
        if connection is None or connection.lost:
            loop = asyncio.get_running_loop()
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
        try:
            answer = await connection.ask(request)
        except BaseException:  # a late answer must not be taken for the next one
            connection.close()
            raise
        if not connection.lost:
            self._free.append(connection)
        return answer

    def close(self) -> None:
        """Close the idle connections."""
        for connection in self._free:
            connection.close()
        self._free.clear()


class _Connection(asyncio.Protocol):
    """One connection, with one request at a time."""

    def __init__(self) -> None:
        self.lost = False
        self._buffer = b""
        self._ends = -1  # where the body ends, once the head has arrived
        self._starts = 0
        self._answer: asyncio.Future[Answer] | None = None  # of the current request
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def close(self) -> None:
        self.lost = True
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._ends < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._buffer, 0, end)
            self._starts = end + 4
            self._ends = self._starts + (int(length[1]) if length else 0)
        if len(self._buffer) < self._ends:
            return
        head, body = self._buffer[: self._starts], self._buffer[self._starts : self._ends]
        self._buffer, self._ends = b"", -1
        if _CLOSE.search(head):
            self.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("connection lost"))
