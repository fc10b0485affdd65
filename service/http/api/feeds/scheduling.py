"""Posts that are published later: listed, moved, and kept until their time."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from service import clock
from service.addresses import absolute
from service.http.api.feeds.feed_responses import ScheduledPageResponse, ScheduledPostResponse
from service.http.api.responses import json_reply
from service.http.guards.access import caller, check_user
from service.http.guards.rate_limiting import client_of, networks
from service.http.parameters.page_cursor import MOMENT, PageCursor, decode_cursor, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.server.public_address import PUBLIC
from service.http.services import services_of
from service.store.sql.feeds.posts import MICROSECONDS, Post, PostChange, UnpublishedPost, iso

MOST_AHEAD_SECONDS = 366 * 86_400  # a post may be scheduled


class ListScheduledParameters(Parameters):
    """Whose posts, those after `cursor`."""

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PageCursor | None = None


async def list_scheduled(request: web.Request) -> web.StreamResponse:
    """The posts of an author that wait for their time, the earliest first."""
    parameters = await parse_parameters(request, ListScheduledParameters)
    user, limit = str(parameters.user_id), parameters.limit
    check_user(request, user)
    services = services_of(request)
    after = (0, "")
    if parameters.cursor is not None:
        after = _position(decode_cursor(parameters.cursor, "scheduled", user))
    client = client_of(request, caller(request).name, networks(services.config().http))
    posts = services.stores.scheduled_posts
    found = await posts.of_author(user, after, limit + 1, client=client)
    following = None
    if len(found) > limit:
        found = found[:limit]
        last_us, last = found[-1]
        following = encode_cursor(f"{last_us} {last.id}", "scheduled", user)
    return json_reply(
        ScheduledPageResponse([_response(request, *each) for each in found], following)
    )


async def schedule(
    request: web.Request,
    draft: UnpublishedPost,
    at: Timestamp | None,
    removed: Problem,
    *,
    moves: bool,
) -> web.StreamResponse | None:
    """Keep a post until its time; None if its time has come or it is published already.

    Another one with the same id gives way if this one `moves` it, else it is a conflict.
    Raises `removed` if its picture was removed.
    """
    stores, now = services_of(request).stores, int(clock.wall() * MICROSECONDS)
    if at is None or at <= now or await stores.posts.get(draft.id) is not None:
        return None
    _check_time(at, now)
    if await stores.posts.is_deleted(draft.id):
        raise deleted()
    async with stores.media.kept(draft.image_uri or "") as exists:
        if not exists:
            raise removed
        most = services_of(request).config().feed.max_scheduled
        await stores.scheduled_posts.schedule(draft, int(at), most, moves=moves)
    scheduled = await stores.scheduled_posts.get(draft.id)
    if scheduled is None and await stores.posts.get(draft.id) is None:
        raise Problem("conflict", f"{most} posts of an author may wait at most (`max_scheduled`).")
    if scheduled is None:  # its time has come in the meantime
        return None
    publish_us, post = scheduled
    if publish_us != int(at) or not is_same(post, draft):
        due = iso(publish_us)
        raise Problem("conflict", f"Another post with this id is scheduled for {due}.")
    return json_reply(_response(request, publish_us, post), 202)


async def change(
    request: web.Request, id_: str, change: PostChange, at: Timestamp | None
) -> web.StreamResponse | None:
    """Change a scheduled post or its time; None if it is published in the meantime."""
    posts = services_of(request).stores.scheduled_posts
    if at is not None:
        _check_time(at, int(clock.wall() * MICROSECONDS))
    if not await posts.change(id_, change, None if at is None else int(at)):
        return None
    scheduled = await posts.get(id_)
    return None if scheduled is None else json_reply(_response(request, *scheduled), 202)


def is_same(post: Post | UnpublishedPost, draft: UnpublishedPost) -> bool:
    """Whether a post is what a request asks for."""
    names = ("author", "title", "content", "image_uri", "alt")
    return all(getattr(post, name) == getattr(draft, name) for name in names)


def deleted() -> Problem:
    """The answer for the id of a post that was deleted."""
    return Problem("gone", "The post was deleted.")


def no_picture() -> Problem:
    """The answer for an address that is no picture of this service."""
    return refusal({"imageUri": "Must be the address of a picture of this service."})


def _position(text: str) -> tuple[int, str]:
    """The time and id of the last post of a page. Raises Problem."""
    moment, _, id_ = text.partition(" ")
    if not MOMENT.fullmatch(moment):
        raise refusal({"cursor": "Must be the `next` of another page."})
    return int(moment), id_


def _check_time(at: Timestamp, now: int) -> None:
    if at > now + MOST_AHEAD_SECONDS * MICROSECONDS:
        raise refusal({"at": f"Must be within {MOST_AHEAD_SECONDS // 86_400} days."})


def _response(
    request: web.Request, publish_us: int, post: UnpublishedPost
) -> ScheduledPostResponse:
    picture = post.image_uri
    return ScheduledPostResponse(
        post.id,
        post.author,
        iso(publish_us),
        post.title,
        post.content,
        None if picture is None else absolute(picture, request.app[PUBLIC].whole(request)),
        post.alt,
    )
