"""A stop waits for answers that are on their way, and for nothing else."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from service.config import HttpConfig
from service.http.guards.connection_limits import ConnectionLimits
from service.http.server.byte_budget import ByteBudget
from service.http.server.connections import Bounds, Connection
from tests.support.running import running_service

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_an_idle_connection_does_not_hold_a_stop(tmp_path: Path) -> None:
    # the drain is longer than the helper waits for the process to end
    async with (
        running_service(tmp_path, *SIMULATED, "service.drain=90") as running,
        ClientSession(running.url) as http,
    ):
        async with http.get("/healthz") as answer:
            await answer.read()
        assert await running.stop() == 0


async def test_an_answer_that_ends_when_the_time_of_a_stop_is_up_is_no_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    asked, released = asyncio.Event(), asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        del request
        asked.set()
        await released.wait()
        return web.Response()

    limits, budget = ConnectionLimits(HttpConfig()), ByteBudget("bytes", 10**6)
    bounds = Bounds(limits, budget, budget, lambda: 10**4)
    handlers = web.Server(handle)
    server = await loop.create_server(
        lambda: Connection(bounds, handlers, loop=loop), "127.0.0.1", 0
    )
    host, port = server.sockets[0].getsockname()[:2]
    async with ClientSession() as http:
        asking = asyncio.create_task(http.get(f"http://{host}:{port}/"))
        await asked.wait()
        stopping = asyncio.create_task(handlers.shutdown(0.2))
        for _ in range(5):
            await asyncio.sleep(0)  # now it waits for the answer
        loop.call_later(0.1, released.set)
        time.sleep(0.3)  # noqa: ASYNC251 - both times pass in one turn of the loop
        await stopping
        server.close()
        await asyncio.gather(asking, return_exceptions=True)
    assert [record.getMessage() for record in caplog.records] == []
