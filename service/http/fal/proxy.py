"""`/fal/proxy`: the address that fal's JavaScript client sends everything to.

The client names the address that it means in a header; calls of fal's own host are answered here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from yarl import URL

from service.http.fal import queue, stream
from service.http.parameters.parse import refusal
from service.http.problems import Problem

TARGET = "x-fal-target-url"
ADDRESS = "https://[a-z.]+/[ -~]*$"
"""The beginning of an address of fal, and what may follow."""
QUEUE = "queue.fal.run"
RUN = "fal.run"
APP = "(?P<app>(?:(?!/requests/).)+)"
REQUEST = r"(?:(?!/requests/).)+/requests/(?P<id_>[^/]+)"

Answering = Callable[..., Awaitable[web.StreamResponse]]
CALLS: tuple[tuple[str, str, str, Answering], ...] = (
    ("POST", RUN, APP, queue.run_fal_app),
    ("GET", QUEUE, f"{REQUEST}/status/stream", stream.stream_fal_status),
    ("GET", QUEUE, f"{REQUEST}/status", queue.get_fal_status),
    ("PUT", QUEUE, f"{REQUEST}/cancel", queue.cancel_fal_request),
    ("GET", QUEUE, REQUEST, queue.get_fal_result),
    ("POST", QUEUE, APP, queue.submit_fal_request),
)
"""Method, host and path of each call, and what answers it."""


async def read_through_proxy(request: web.Request) -> web.StreamResponse:
    """The state or the result of a request, for fal's JavaScript client (`proxyUrl`)."""
    return await _answer(request)


async def submit_through_proxy(request: web.Request) -> web.StreamResponse:
    """Submit or run an app, for fal's JavaScript client (`proxyUrl`)."""
    return await _answer(request)


async def cancel_through_proxy(request: web.Request) -> web.StreamResponse:
    """Cancel a request, for fal's JavaScript client (`proxyUrl`)."""
    return await _answer(request)


async def _answer(request: web.Request) -> web.StreamResponse:
    target = _target(request)
    for method, host, path, answer in CALLS:
        match = re.fullmatch(path, target.path.strip("/"))
        if request.method == method and target.host == host and match:
            meant = URL.build(path="/fal/proxy", query=target.query)
            return await answer(request.clone(rel_url=meant), **match.groupdict())
    raise Problem("not-found", "This service answers no such call of fal's API.")


def _target(request: web.Request) -> URL:
    text = request.headers.get(TARGET, "")
    try:
        if re.match(ADDRESS, text):
            return URL(text)
    except ValueError:
        pass
    raise refusal({TARGET: "Must be the address of fal that the client means."})
