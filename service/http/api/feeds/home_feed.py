"""`GET /feed`: the posts of a user and of the authors that the user follows, page by page."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta
from yarl import URL

from service.http.api.feeds import recommended
from service.http.api.feeds.feed_responses import FeedPageResponse
from service.http.api.feeds.markers import newer_posts
from service.http.api.feeds.posts import post_response
from service.http.api.feeds.sample_posts import FIRST_VISIT, TEST_USER
from service.http.api.responses import json_reply
from service.http.guards.access import check_user
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.lists import ExcludedPosts
from service.http.parameters.page_cursor import PageCursor, decode_moment, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import UserId
from service.http.server.public_address import address
from service.http.services import services_of
from service.ranking.filters import Shown
from service.store.sql.feeds.posts import LATEST, MICROSECONDS

STATE = "Feed-State"
"""The header that says where a feed came from: stored in Redis, rebuilt there, or the database."""

MAX_LINK_CHARACTERS = 3000
"""Of a link with `exclude`: nginx takes 4 KiB for all headers, many clients 8 KiB for one."""

Rank = Annotated[
    Literal["recent", "recommended"],
    Meta(
        description="The order of the posts: `recent` is newest first; `recommended` is ranked by "
        "what users like, and goes beyond the follows."
    ),
]


class ReadHomeFeedParameters(Parameters):
    """Whose feed: newest first, posts later than `timestamp`, those after `cursor`."""

    user_id: UserId
    timestamp: Timestamp | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PageCursor | None = None
    rank: Rank = "recent"
    exclude: ExcludedPosts | None = None


async def read_home_feed(request: web.Request) -> web.StreamResponse:
    """A page of the home feed; `next`, and a link, lead to the page after it."""
    parameters = await parse_parameters(request, ReadHomeFeedParameters)
    user, rank = str(parameters.user_id), parameters.rank
    check_user(request, user)
    if user == TEST_USER:
        await request.app[FIRST_VISIT].filled()
    if rank == recommended.RANK:
        return await _recommended(request, parameters, user)
    services = services_of(request)
    before_us = LATEST
    if parameters.cursor is not None:
        before_us = decode_moment(parameters.cursor, "feed", rank, user)
    after_us = -1 if parameters.timestamp is None else int(parameters.timestamp)
    excluded = frozenset(parameters.exclude or ())
    await services.stores.pending_posts.published()
    page = await services.stores.home_feeds.read(
        user,
        (await services.stores.posts.after(after_us), before_us),
        parameters.limit + 1 + len(excluded),
        inactive=services.config().feed.inactive,
        client=client_of_request(request),
    )
    posts = [post for post in page.posts if post.id not in excluded]
    following = None
    headers: dict[str, str] = {STATE: page.state}
    if len(posts) > parameters.limit:
        posts = posts[: parameters.limit]
        following = encode_cursor(str(posts[-1].created_us), "feed", rank, user)
        uri = _uri(parameters, after_us, following)
        headers["Link"] = f'<{address(request, uri)}>; rel="next"'
    newer = None
    if (marker := await services.stores.markers.get(user)) is not None:
        whole = parameters.cursor is None and not excluded
        is_newest = whole and after_us <= marker.viewed_us
        newer = await newer_posts(
            request, user, marker, posts if is_newest else [], is_rest=following is None
        )
    found = [post_response(post, request) for post in posts]
    return json_reply(FeedPageResponse(found, following, newer), headers=headers)


async def _recommended(
    request: web.Request, parameters: ReadHomeFeedParameters, user: str
) -> web.StreamResponse:
    after_us = -1 if parameters.timestamp is None else int(parameters.timestamp)
    after = await services_of(request).stores.posts.after(after_us)
    asked = Shown(excluded=frozenset(parameters.exclude or ()), after=after)
    posts, following, served, state = await recommended.read_page(
        request, user, parameters.cursor, parameters.limit, asked
    )
    headers = {STATE: state}
    if following is not None:
        headers["Link"] = f'<{address(request, _uri(parameters, after_us, following))}>; rel="next"'
    newer = None
    if (marker := await services_of(request).stores.markers.get(user)) is not None:
        newer = await newer_posts(request, user, marker, [], is_rest=False)
    return json_reply(FeedPageResponse(posts, following, newer, served), headers=headers)


def _uri(parameters: ReadHomeFeedParameters, after_us: int, cursor: str) -> str:
    query = {"user-id": str(parameters.user_id), "limit": str(parameters.limit), "cursor": cursor}
    if after_us >= 0:
        seconds, micros = divmod(after_us, MICROSECONDS)
        query["timestamp"] = f"{seconds}.{micros:06d}"
    query["rank"] = parameters.rank
    uri = URL.build(path="/feed", query=query)
    if parameters.exclude:
        whole = str(uri.update_query(exclude=",".join(parameters.exclude)))
        if len(whole) <= MAX_LINK_CHARACTERS:
            return whole
    return str(uri)
