"""`/feed`: what is new since the last visit."""

from __future__ import annotations

from aiohttp import web

from service.http.guards.access import check_user
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import UserId
from service.http.server.json_response import JsonResponse
from service.http.services import services_of


class ReadFeedParameters(Parameters):
    """Whose feed, and until when the user has seen it."""

    user_id: UserId
    timestamp: Timestamp | None = None


async def feed(request: web.Request) -> web.StreamResponse:
    """The posts after `timestamp`, newest first, as a bare list."""
    parameters = await parse_parameters(request, ReadFeedParameters)
    check_user(request, parameters.user_id)
    after_us = -1 if parameters.timestamp is None else int(parameters.timestamp)
    bodies = await services_of(request).feeds.read(str(parameters.user_id), after_us)
    return JsonResponse(b"[" + b",".join(bodies) + b"]")
