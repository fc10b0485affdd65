"""Clients that leave: no fault of the service, none in its log, and nothing is made for them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from service.config import HttpConfig
from service.http.guards.cross_site import CrossSitePolicy
from service.http.server.public_address import PublicAddress
from service.http.server.server import surrounded
from service.telemetry.metrics import Metrics
from tests.support.running import running_service
from tests.support.waiting import eventually


class Connected(asyncio.Transport):
    """A connection that is closing, or not."""

    def __init__(self, *, closing: bool) -> None:
        super().__init__()
        self._closing = closing

    def is_closing(self) -> bool:
        return self._closing


@pytest.mark.parametrize("closing", [True, False])
async def test_a_failure_is_logged_only_if_the_client_is_still_connected(closing: bool) -> None:
    async def write(_request: web.BaseRequest) -> web.StreamResponse:
        raise ConnectionResetError("Cannot write to closing transport")

    http = HttpConfig()
    public = PublicAddress(http)

    async def asks_for_keys() -> bool:
        return True

    policy = CrossSitePolicy(http, asks_for_keys, public.host)
    answer = surrounded(write, policy, public, Metrics(), {})
    request = make_mocked_request("GET", "/media/a", transport=Connected(closing=closing))
    with capture_logs() as log:
        try:
            await answer(request)
        except AssertionError:
            assert not closing  # no connection of ours: it would send the 500 that is logged
    assert [line["event"] for line in log] == ([] if closing else ["handler failed"])


WAITING: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "p"}]}),
    ("/v1/chat/completions", {"messages": [{"role": "user", "content": "p"}], "stream": True}),
    ("/v1/responses", {"input": "p"}),
    ("/v1/images/generations", {"prompt": "p"}),
    ("/v1/text-to-image", {"inputs": "p"}),
    ("/replicate/v1/models/a/text/predictions", {"input": {"prompt": "p"}}),
    ("/fal/run/text", {"prompt": "p"}),
]


async def test_a_client_that_leaves_before_it_waits_cancels_its_request(tmp_path: Path) -> None:
    settings = (
        *("text.generator=simulated", "text.simulated.delay=600"),
        *("image.generator=simulated", "image.simulated.delay=600", "service.drain=0"),
    )
    async with (
        running_service(tmp_path, *settings) as service,
        ClientSession(service.url) as http,
    ):
        address = urlsplit(service.url)
        for path, body in WAITING:
            data = json.dumps(body).encode()
            head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(f"{head}Prefer: wait\r\n\r\n".encode() + data)
            writer.close()
            await writer.wait_closed()

        async def are_cancelled() -> bool:
            async with http.get("/content") as answer:
                requests = (await answer.json())["requests"]
            return [one["status"] for one in requests] == ["cancelled"] * len(WAITING)

        await eventually(are_cancelled, "all are cancelled")
