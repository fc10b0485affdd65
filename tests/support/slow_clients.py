"""Clients that do not read, and inspectable connections of a server in this process."""

from __future__ import annotations

import asyncio
import errno
import socket
from urllib.parse import urlsplit

from service.http.server.connections import Connection
from tests.support.raw_http import request


class Watched(Connection):
    """A connection that registers its transport by the client's address, for tests."""

    transports: dict[object, asyncio.Transport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self.transports[transport.get_extra_info("peername")] = transport


class Client:
    """A client that reads only on request; the kernel buffers `ahead` bytes for it."""

    def __init__(self, url: str, ahead: int) -> None:
        address = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ahead)
        self._socket.connect((address.hostname, address.port))
        self._socket.setblocking(False)
        self.address = self._socket.getsockname()

    def close(self) -> None:
        self._socket.close()

    async def ask(self, path: str, **headers: str) -> None:
        await self.send(request(path, b"", method="GET", content_length="", **headers))

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def read(self, size: int) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self._socket, size)

    async def dawdle(self, size: int, seconds: float) -> int:
        """Read `size` bytes every `seconds` to the end; returns the number of bytes."""
        count = 0
        while piece := await self.read(size):
            count += len(piece)
            await asyncio.sleep(seconds)  # how slowly this client reads
        return count

    def is_cut_off(self) -> bool:
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET
