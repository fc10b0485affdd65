"""`/feed`: the posts of a user since a timestamp."""

from __future__ import annotations

from aiohttp import web
from yarl import URL

from service.addresses import with_base
from service.http.api.feeds.sample_posts import FIRST_VISIT, TEST_USER
from service.http.guards.access import check_user
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import PostCursor, UserId
from service.http.server.json_response import JsonResponse
from service.http.server.public_address import PUBLIC, address
from service.http.services import services_of
from service.store.sql.feeds.posts import MICROSECONDS


class ReadFeedParameters(Parameters):
    """Whose feed, the newest timestamp already seen, and where the previous page ended."""

    user_id: UserId
    timestamp: Timestamp | None = None
    cursor: PostCursor | None = None


async def read_feed(request: web.Request) -> web.StreamResponse:
    """The posts after `timestamp`, newest first, as a bare list; a link leads to the next page."""
    parameters = await parse_parameters(request, ReadFeedParameters)
    check_user(request, parameters.user_id)
    if parameters.user_id == TEST_USER:
        await request.app[FIRST_VISIT].filled()
    after_us = -1 if parameters.timestamp is None else int(parameters.timestamp)
    before_us = None if parameters.cursor is None else int(parameters.cursor)
    stores = services_of(request).stores
    await stores.pending_posts.published()
    page = await stores.feeds.read_posts(
        str(parameters.user_id), after_us, before_us, client=client_of_request(request)
    )
    headers = None
    if page.more is not None:
        following = address(request, _next(parameters.user_id, after_us, page.more))
        headers = {"Link": f'<{following}>; rel="next"'}
    base = request.app[PUBLIC].whole(request)
    return JsonResponse(with_base(b"[" + b",".join(page.bodies) + b"]", base), headers=headers)


def _next(user: str, after_us: int, before_us: int) -> str:
    query = {"user-id": str(user), "cursor": str(before_us)}
    if after_us >= 0:
        seconds, micros = divmod(after_us, MICROSECONDS)
        query["timestamp"] = f"{seconds}.{micros:06d}"
    return str(URL.build(path="/feed", query=query))
