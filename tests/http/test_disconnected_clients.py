"""A client that leaves in the middle of an answer: no fault of the service, and none in its log."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from service.config.settings import HttpConfig
from service.http.guards.cross_site import CrossSitePolicy
from service.http.server.public_address import PublicAddress
from service.http.server.server import surrounded
from service.metrics import Metrics


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
    policy = CrossSitePolicy(http, lambda: True, public.host)
    answer = surrounded(write, policy, public, Metrics(), {})
    request = make_mocked_request("GET", "/media/a", transport=Connected(closing=closing))
    with capture_logs() as log:
        try:
            await answer(request)
        except AssertionError:
            assert not closing  # no connection of ours: it would send the 500 that is logged
    assert [line["event"] for line in log] == ([] if closing else ["handler failed"])
