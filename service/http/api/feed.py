"""`/feed`: what is new since the last visit."""

from __future__ import annotations

from aiohttp import web

from service.http.guards.access import check_user
from service.http.parameters.parse import Parameters, parameters
from service.http.parameters.timestamp import Moment
from service.http.parameters.types import UserId
from service.http.server.json_response import Answer
from service.http.services import services


class FeedWish(Parameters):
    """Whose feed, and until when the user has seen it."""

    user_id: UserId
    timestamp: Moment | None = None


async def feed(request: web.Request) -> web.StreamResponse:
    """The posts after `timestamp`, newest first, as a bare list."""
    wish = await parameters(request, FeedWish)
    check_user(request, wish.user_id)
    after_us = -1 if wish.timestamp is None else int(wish.timestamp)
    bodies = await services(request).feeds.read(str(wish.user_id), after_us)
    return Answer(b"[" + b",".join(bodies) + b"]")
