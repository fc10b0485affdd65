"""Receivers of webhooks: servers of the outside world with one path per URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from tests.support.outside import Outside, RecordedRequest

Answers = dict[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]]


class Receiver:
    """Answers each path as in `answers`, and others with 200."""

    def __init__(self) -> None:
        self.answers: Answers = {}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = self.answers.get(request.path)
        return await answer(request) if answer else web.Response()


def status(*codes: int, **headers: str) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """Answer with these codes in turn, and repeat the last one."""
    left = list(codes)

    async def answer(_: web.BaseRequest) -> web.Response:
        code = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(
            status=code, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


class Held:
    """Answers once `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, _: web.BaseRequest) -> web.Response:
        await self.go.wait()
        return web.Response()


def bodies_to(world: Outside, path: str) -> list[dict[str, Any]]:
    """The bodies of the requests to a path."""
    return [msgspec.json.decode(request.body) for request in requests_to(world, path)]


def requests_to(world: Outside, path: str) -> list[RecordedRequest]:
    """The requests to a path."""
    return [request for request in world.requests if request.path == path]
