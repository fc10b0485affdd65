"""`GET /feed/events`: posts, removals and markers of a feed as they come, as Server-Sent Events.

Ids are microseconds: that of a post is its `created_at`, so a page of the feed, a marker and the
last known event all say where to continue. What users did is sent with POST to the same path.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import msgspec
from aiohttp import web

from service.addresses import with_base
from service.http.api.events.events import HEARTBEAT_SECONDS, send_events
from service.http.api.feeds.posts import post_response_at
from service.http.guards.access import caller, check_user
from service.http.guards.key_revocation import OpenStream
from service.http.guards.rate_limiting import client_of, networks
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import EventId, UserId
from service.http.problems import Problem
from service.http.server.public_address import PUBLIC
from service.http.services import services_of
from service.store.sql.feeds.feed_events import FeedEvent
from service.store.sql.feeds.posts import Post, iso
from service.subscriptions.feeds import FeedTopic


class FollowFeedParameters(Parameters):
    """Whose feed, and up to where the client knows it: an event id, or a time."""

    user_id: UserId
    after: EventId | None = None
    timestamp: Timestamp | None = None


async def follow_feed(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events of a feed; without a place to continue from, those from now on."""
    parameters = await parse_parameters(request, FollowFeedParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    after = await _known(request, parameters)
    async with services_of(request).feed_subscriptions.subscribe(user) as topic:

        def batches(stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
            return _batches(request, user, topic, stream, after)

        return await send_events(request, batches, topic.notify)


def sse_event(event: FeedEvent) -> bytes:
    """An event as clients get it; the address of a picture is below the root of the service."""
    about: object
    match event.about:
        case Post() as post:
            about = post_response_at(post, "")
        case int(viewed_us):
            about = {"timestamp": iso(viewed_us)}
        case id_:
            about = {"id": id_}
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        event.us,
        event.name.encode(),
        msgspec.json.encode(about),
    )


async def _known(request: web.Request, parameters: FollowFeedParameters) -> int | None:
    """Up to where the client knows the feed; None from now on.

    `Last-Event-ID` wins: a browser sends it when it reconnects to the same address.
    """
    last = request.headers.get("Last-Event-ID", "").strip()
    if last.isascii() and last.isdecimal():
        after = int(last[:16])
    elif parameters.after is not None:
        after = parameters.after
    elif parameters.timestamp is not None:
        after = int(parameters.timestamp)
    else:
        return None
    return await services_of(request).stores.posts.after(after)


async def _batches(
    request: web.Request, user: str, topic: FeedTopic, stream: OpenStream, after: int | None
) -> AsyncIterator[Sequence[bytes]]:
    """Events until the server stops or the caller loses access; an empty batch is a heartbeat."""
    services = services_of(request)
    open_feeds, base = services.feed_subscriptions, request.app[PUBLIC].whole(request)
    client = client_of(request, caller(request).name, networks(services.config().http))
    if after is None:
        after = topic.base_us
        yield [b"id: %d\n\n" % after]  # no event, but a client that is cut off can continue
    known = after
    while not open_feeds.closed and _may_read(request, user, stream):
        version = topic.version
        after = min(after, open_feeds.head_us)  # an id of another database, or of a changed clock
        if after < topic.base_us:
            events, after = await services.stores.feed_events.missed(
                user, after, topic.base_us, known, client=client
            )
            batch = [sse_event(event) for event in events]
        else:
            latest = topic.after(after)
            batch = [event for _, event in latest]
            known = after = latest[-1][0] if latest else after
            if not latest:
                await topic.wait_for_news(version, HEARTBEAT_SECONDS)
                if topic.version == version:
                    yield []
        if batch:
            yield [with_base(event, base) for event in batch] if base else batch


def _may_read(request: web.Request, user: str, stream: OpenStream) -> bool:
    """Whether the caller may still read this feed: keys and their users change while it is open."""
    try:
        check_user(request, user)
    except Problem:
        return False
    return not stream.over
