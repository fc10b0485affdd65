"""`/feed/follow`, `/feed/followers`: whose posts a user sees."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from yarl import URL

from service.http.api.feeds.feed_responses import (
    AuthorPageResponse,
    FollowerPageResponse,
    FollowResponse,
)
from service.http.api.responses import json_reply
from service.http.guards.access import check_user
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.page_cursor import PageCursor, decode_cursor, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.server.public_address import address
from service.http.services import services_of

ReadNames = Callable[[str, str, int, str], Awaitable[list[str]]]


class RelationParameters(Parameters):
    """A user and an author."""

    user_id: UserId
    author_id: UserId


class ListRelationsParameters(Parameters):
    """Whose list: by name, those after `cursor`."""

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PageCursor | None = None


async def follow_author(request: web.Request) -> web.StreamResponse:
    """Follow an author: the next read of the feed has the author's posts."""
    user, author = await _relation(request)
    services = services_of(request)
    most = services.config().feed.max_follows
    if not await services.stores.home_feeds.follow(user, author, most):
        raise Problem("conflict", f"A user may follow {most} authors at most (`max_follows`).")
    return json_reply(FollowResponse(author, following=True))


async def unfollow_author(request: web.Request) -> web.StreamResponse:
    """Stop following an author: the next read of the feed is without the author's posts."""
    user, author = await _relation(request)
    await services_of(request).stores.home_feeds.unfollow(user, author)
    return json_reply(FollowResponse(author, following=False))


async def list_followed_authors(request: web.Request) -> web.StreamResponse:
    """The authors that a user follows."""
    names, following, headers = await _names(request, services_of(request).stores.follows.followed)
    return json_reply(AuthorPageResponse(names, following), headers=headers)


async def list_followers(request: web.Request) -> web.StreamResponse:
    """The users who follow an author."""
    names, following, headers = await _names(request, services_of(request).stores.follows.followers)
    return json_reply(FollowerPageResponse(names, following), headers=headers)


async def _relation(request: web.Request) -> tuple[str, str]:
    parameters = await parse_parameters(request, RelationParameters)
    user, author = str(parameters.user_id), str(parameters.author_id)
    check_user(request, user)
    if user == author:
        raise refusal({"author-id": "Users cannot follow themselves."})
    return user, author


async def _names(
    request: web.Request, read: ReadNames
) -> tuple[list[str], str | None, dict[str, str]]:
    """A page of names, the cursor of the next page, and the headers that lead there."""
    parameters = await parse_parameters(request, ListRelationsParameters)
    user, path = str(parameters.user_id), request.path.rstrip("/")
    check_user(request, user)
    after = ""
    if parameters.cursor is not None:
        after = decode_cursor(parameters.cursor, path, user)
    names = await read(user, after, parameters.limit + 1, client_of_request(request))
    if len(names) <= parameters.limit:
        return names, None, {}
    names = names[: parameters.limit]
    following = encode_cursor(names[-1], path, user)
    query = {"user-id": user, "limit": str(parameters.limit), "cursor": following}
    uri = address(request, str(URL.build(path=path, query=query)))
    return names, following, {"Link": f'<{uri}>; rel="next"'}
