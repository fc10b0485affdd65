"""Servers of the outside world on real sockets: scripted answers, recorded requests."""

from __future__ import annotations

import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy

from service.addresses import local_url

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class RecordedRequest:
    """A request that the server received."""

    method: str
    path: str
    headers: CIMultiDictProxy[str]
    body: bytes
    target: str
    """The path and the query, byte by byte."""


@dataclass
class Outside:
    """A server that answers with `answer`, which a test may replace at any time."""

    answer: Answer
    url: str = ""
    requests: list[RecordedRequest] = field(default_factory=list)
    in_hand: int = 0
    """Requests in hand."""
    disconnected: int = 0
    """Requests whose client disconnected before its answer was complete."""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(
            RecordedRequest(request.method, request.path, request.headers, body, request.raw_path)
        )
        self.in_hand += 1
        complete = False
        try:
            response = await self.answer(request)
            complete = True
        finally:
            self.in_hand -= 1
            self.disconnected += not complete
        return response

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


@asynccontextmanager
async def outside(answer: Answer, port: int = 0, host: str = "127.0.0.1") -> AsyncIterator[Outside]:
    """Serve on this machine; leaving the block cuts every connection, like a crashed machine."""
    world = Outside(answer)
    # a client that disconnects cancels its handler, which `disconnected` counts
    server = web.Server(world.handle, handler_cancellation=True)
    runner = web.ServerRunner(server, shutdown_timeout=0.01)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, reuse_address=True)
        await site.start()
        host, port = runner.addresses[0][:2]
        world.url = local_url(host, port)
        yield world
    finally:
        await runner.cleanup()


_held: list[socket.socket] = []


def unused_port() -> int:
    """A port of 127.0.0.1 that no process listens on, but those that are told its number.

    On Linux it stays bound until this process ends, so that the system gives it to no other
    process; servers can listen on it all the same, because they set SO_REUSEADDR.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    port = int(holder.getsockname()[1])
    if sys.platform == "linux":
        _held.append(holder)
    else:
        holder.close()
    return port


def unused_url() -> str:
    """A URL with a port that no process listens on."""
    return f"http://127.0.0.1:{unused_port()}"


def says(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Always answer with the same JSON, or with the same bytes."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        del request
        if isinstance(data, bytes):
            return web.Response(body=data, status=status, headers=headers)
        return web.json_response(data, status=status, headers=headers)

    return answer
