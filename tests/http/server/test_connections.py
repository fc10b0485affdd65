"""Slow and greedy clients: they lose their connections, and others are not affected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from service.config import HttpConfig
from service.http.guards.connection_limits import ConnectionLimits
from service.http.server import connections
from service.http.server.byte_budget import ByteBudget
from service.http.server.connections import Bounds, Connection
from tests.support.raw_http import read_answer, request, send
from tests.support.running import Running, running_service
from tests.support.waiting import HANGS_SECONDS

SIMULATED = ("text.generator=simulated", "image.generator=simulated")

Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def clients(service: Running, count: int) -> AsyncIterator[list[Client]]:
    """So many connections, one after the other."""
    address = urlsplit(service.url)
    connections = [
        await asyncio.open_connection(address.hostname, address.port) for _ in range(count)
    ]
    try:
        yield connections
    finally:
        for _, writer in connections:
            writer.close()


async def ended(client: Client) -> bool:
    """Whether the server has closed this connection."""
    async with asyncio.timeout(HANGS_SECONDS):
        try:
            return await client[0].read() == b""
        except ConnectionError:
            return True


async def asks(client: Client, path: str = "/healthz") -> int:
    client[1].write(request(path, b"", method="GET", connection="keep-alive", content_length=""))
    async with asyncio.timeout(HANGS_SECONDS):
        return (await read_answer(client[0])).status


async def listen(service: Running, client: Client) -> None:
    """Have a connection at work: an event stream has begun on it."""
    address = urlsplit(service.url)
    reader, writer = client
    writer.write(request("/content?prompt=p&tag=text", connection="keep-alive"))
    async with asyncio.timeout(HANGS_SECONDS):
        id_ = (await read_answer(reader)).json()["RequestId"]
        get = {"method": "GET", "content_length": "", "host": address.netloc}
        writer.write(request(f"/content/{id_}/events", b"", **get))
        await reader.readuntil(b"event: snapshot")


async def test_an_idle_connection_is_closed_for_a_new_one(tmp_path: Path) -> None:
    settings = (*SIMULATED, "http.max_connections=10", "text.simulated.delay=30", "service.drain=0")
    async with running_service(tmp_path, *settings) as service, clients(service, 10) as first:
        assert [await asks(client) for client in first] == [200] * 10
        await listen(service, first[0])  # the oldest one follows events
        first[1][1].write(b"GET /healthz HTTP/1.1\r\nHost: lo")  # and this one sends no whole head
        assert (await send(service.url, request("/readyz", method="GET"))).status == 200
        async with clients(service, 5) as more:
            assert [await asks(client) for client in more] == [200] * 5
            for client in first[1:6]:
                assert await ended(client)
            assert [await asks(client) for client in first[6:]] == [200] * 4
            assert [await asks(client) for client in more] == [200] * 5
        assert not first[0][0].at_eof()
        await service.logged("too many connections, idle ones are closed")
        lines = [line for line in service.log_lines() if "too many" in str(line.get("event"))]
        assert [line["most"] for line in lines] == [10]  # once, not for each


async def test_a_new_connection_is_closed_when_all_others_are_busy(tmp_path: Path) -> None:
    settings = (*SIMULATED, "http.max_connections=3", "text.simulated.delay=30", "service.drain=0")
    async with running_service(tmp_path, *settings) as service, clients(service, 3) as busy:
        for client in busy:
            await listen(service, client)
        async with clients(service, 1) as [late]:
            assert await ended(late)
        assert not any(reader.at_eof() for reader, _ in busy)
        busy[0][1].close()

        async def served() -> int:
            try:
                return (await send(service.url, request("/healthz", method="GET"))).status
            except (asyncio.IncompleteReadError, ConnectionError):
                return 0

        while await served() != 200:
            pass


async def test_a_connection_with_a_slow_head_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text="ok")

    handlers = web.Server(answer)
    opened = ConnectionLimits(HttpConfig())
    bounds = Bounds(opened, ByteBudget("in", 10**6), ByteBudget("out", 10**6), lambda: 10**4)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(bounds, handlers, loop=loop), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    slow, idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    try:
        assert await asks(slow) == 200  # that other requests were fast does not help
        slow[1].write(b"GET /")

        async def trickle() -> None:
            while True:
                slow[1].write(b"x")
                await asyncio.sleep(0.02)  # never silent, and never at the end of its head

        trickling = asyncio.create_task(trickle())
        assert await ended(slow)
        trickling.cancel()
        assert await asks(idle) == 200  # silence before a head is no head
        assert len(opened) == 1
    finally:
        for _, writer in (slow, idle):
            writer.close()
        server.close()
        await handlers.shutdown()


async def test_pipelined_requests_are_answered_in_order(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, clients(service, 1) as [client]:
        paths = [("/healthz", 200), ("/nothing", 404), ("/readyz", 200), ("/content/x", 404)] * 100
        head = {"method": "GET", "connection": "keep-alive", "content_length": ""}
        for path, _ in paths:
            client[1].write(request(path, b"", **head))
        async with asyncio.timeout(HANGS_SECONDS):
            answers = [(await read_answer(client[0])).status for _ in paths]
        assert answers == [status for _, status in paths]
