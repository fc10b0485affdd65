"""`/feed/addresses`: addresses of an author's posts for feed readers, which send no key."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from service.http.api.feeds.feed_responses import FeedAddressesResponse
from service.http.api.responses import json_reply
from service.http.guards.access import caller, check_user
from service.http.guards.feed_proof import FEED_PROOFS
from service.http.guards.stream_proof import PROOF
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.types import UserId
from service.http.server.public_address import PUBLIC
from service.http.services import services_of


class WhoseAddressesParameters(Parameters):
    """Whose posts."""

    user_id: UserId


async def make_addresses(request: web.Request) -> web.StreamResponse:
    """The addresses of an author's posts; where keys are needed each carries a proof."""
    user = str((await parse_parameters(request, WhoseAddressesParameters)).user_id)
    check_user(request, user)
    owner, query = caller(request).name, ""
    if owner is not None:
        number = await services_of(request).stores.feed_addresses.make(user, owner)
        query = f"?{PROOF}={request.app[FEED_PROOFS].make(number, user)}"
    feed = f"{request.app[PUBLIC].root(request)}/feed/authors/{quote(user, safe='')}"
    return json_reply(FeedAddressesResponse(f"{feed}/atom{query}", f"{feed}/json{query}"))


async def revoke_addresses(request: web.Request) -> web.StreamResponse:
    """Revoke the addresses of this key; with the scope `admin` those of all keys."""
    user = str((await parse_parameters(request, WhoseAddressesParameters)).user_id)
    check_user(request, user)
    who = caller(request)
    owner = "" if who.sees_all or who.name is None else who.name
    await services_of(request).stores.feed_addresses.revoke(user, owner)
    return web.Response(status=204)
