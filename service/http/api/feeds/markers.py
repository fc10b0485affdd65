"""`/feed/marker`: up to where a user has seen the feed, on all devices."""

from __future__ import annotations

from aiohttp import web

from service import clock
from service.http.api.feeds.feed_responses import MarkerResponse
from service.http.api.responses import json_reply
from service.http.guards.access import caller, check_user
from service.http.guards.rate_limiting import client_of, networks
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import UserId
from service.http.services import services_of
from service.store.errors import ReadRejected
from service.store.sql.feeds.markers import Marker
from service.store.sql.feeds.posts import MICROSECONDS, Post, iso

MOST_AHEAD_SECONDS = 60  # that the clock of a client may be fast


class GetMarkerParameters(Parameters):
    """Whose marker."""

    user_id: UserId


class AdvanceMarkerParameters(Parameters):
    """Whose marker, and the time of the newest post that was seen."""

    user_id: UserId
    timestamp: Timestamp


async def get_marker(request: web.Request) -> web.StreamResponse:
    """The marker of a user, and how many posts of the feed are newer."""
    parameters = await parse_parameters(request, GetMarkerParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    return await _reply(request, user)


async def advance_marker(request: web.Request) -> web.StreamResponse:
    """Move the marker of a user forward; an earlier time changes nothing.

    A time a little ahead of the server counts as the server's own.
    """
    parameters = await parse_parameters(request, AdvanceMarkerParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    stores = services_of(request).stores
    newest = max(int(clock.wall() * MICROSECONDS), await stores.posts.head())
    if parameters.timestamp > newest + MOST_AHEAD_SECONDS * MICROSECONDS:
        raise refusal(
            {"timestamp": f"Must not be more than {MOST_AHEAD_SECONDS} s ahead of the server."}
        )
    await stores.markers.advance(user, max(0, min(int(parameters.timestamp), newest)))
    return await _reply(request, user)


async def newer_posts(
    request: web.Request, user: str, marker: Marker, page: list[Post], *, is_rest: bool
) -> int | None:
    """How many posts of the feed are newer than the marker; None if counting takes too long.

    `page` has its newest posts; `is_rest` says that there are no others.
    """
    services = services_of(request)
    viewed_us = await services.stores.posts.after(marker.viewed_us)
    if page and (is_rest or page[-1].created_us <= viewed_us):  # nothing newer is beyond the page
        return sum(post.created_us > viewed_us for post in page)
    client = client_of(request, caller(request).name, networks(services.config().http))
    try:
        return await services.stores.markers.newer(user, viewed_us, client=client)
    except ReadRejected:  # with many muted posts in between; the page is good without it
        return None


async def _reply(request: web.Request, user: str) -> web.StreamResponse:
    marker = await services_of(request).stores.markers.get(user)
    if marker is None:
        return json_reply(MarkerResponse(None, None))
    newer = await newer_posts(request, user, marker, [], is_rest=False)
    viewed_us = await services_of(request).stores.posts.after(
        marker.viewed_us
    )  # may be stamped again
    return json_reply(MarkerResponse(iso(viewed_us), newer))
