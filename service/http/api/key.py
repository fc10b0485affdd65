"""`GET /key`: what the key of a call permits, for pages that show only what works."""

from __future__ import annotations

import msgspec
from aiohttp import web

from service.http.api.responses import json_reply
from service.http.guards.access import ACCESS
from service.http.parameters.parse import EmptyParameters, parse_parameters
from service.messages import PRIORITIES, Priority


class KeyResponse(msgspec.Struct):
    """The key of this call. Without a valid one the lists are empty, if keys are required."""

    required: bool
    name: str | None
    scopes: list[str]
    priorities: list[Priority]


async def get_key(request: web.Request) -> web.StreamResponse:
    """Whether keys are required, and what the key that was sent permits."""
    await parse_parameters(request, EmptyParameters)
    access = request.app[ACCESS]
    who = await access.who(request)
    headers = {"Cache-Control": "no-store", "Vary": "Authorization"}
    permitted = PRIORITIES[PRIORITIES.index(who.highest) :] if who.scopes else ()
    key = KeyResponse(await access.asks_for_keys(), who.name, sorted(who.scopes), list(permitted))
    return json_reply(key, headers=headers)
