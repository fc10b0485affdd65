"""Receivers of webhooks: servers of the outside world with a path for each URL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from tests.support.outside import Asked, Outside

Answers = dict[str, Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]]


class Receiver:
    """Answers each path as told, and 200 where nothing is."""

    def __init__(self) -> None:
        self.answers: Answers = {}

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = self.answers.get(request.path)
        return await answer(request) if answer else web.Response()


def status(*codes: int, **headers: str) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """Answer with these one after the other, and with the last one from then on."""
    left = list(codes)

    async def answer(_: web.BaseRequest) -> web.Response:
        code = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(
            status=code, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    return answer


class Held:
    """Answers when it is let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, _: web.BaseRequest) -> web.Response:
        await self.go.wait()
        return web.Response()


def told(world: Outside, path: str) -> list[dict[str, Any]]:
    """The bodies that came to a path."""
    return [msgspec.json.decode(one.body) for one in at(world, path)]


def at(world: Outside, path: str) -> list[Asked]:
    """What came to a path."""
    return [one for one in world.asked if one.path == path]
