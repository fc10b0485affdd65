"""`/feed/mute`: whose posts, and posts about what, a user does not see."""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from msgspec import Meta
from yarl import URL

from service.http.api.feeds.feed_responses import MutedPageResponse, MuteResponse
from service.http.api.responses import json_reply
from service.http.guards.access import check_user
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.page_cursor import PageCursor, decode_cursor, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.post_fields import Subject
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.server.public_address import address
from service.http.services import services_of
from service.store.sql.feeds.mutes import Muted
from service.subjects import subject_of

PATH = "/feed/mute"


class AuthorOrSubjectParameters(Parameters):
    """A user, and either an author or a subject."""

    user_id: UserId
    author_id: Annotated[UserId | None, Meta(description="The author to mute.")] = None
    subject: Subject | None = None


class ListMutedParameters(Parameters):
    """Whose list: authors by name, then subjects by name, those after `cursor`."""

    user_id: UserId
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PageCursor | None = None


async def mute(request: web.Request) -> web.StreamResponse:
    """Hide the posts of an author, or those about a subject; own posts always stay."""
    user, kind, name = await _asked(request)
    services = services_of(request)
    most = services.config().feed.max_mutes
    if not await services.stores.mutes.mute(user, kind, name, most):
        detail = f"A user may mute {most} authors and subjects at most (`max_mutes`)."
        raise Problem("conflict", detail)
    return json_reply(_response(kind, name, muted=True))


async def unmute(request: web.Request) -> web.StreamResponse:
    """Show the posts of an author, or those about a subject, again."""
    user, kind, name = await _asked(request)
    await services_of(request).stores.mutes.unmute(user, kind, name)
    return json_reply(_response(kind, name, muted=False))


async def list_muted(request: web.Request) -> web.StreamResponse:
    """The authors and subjects that a user mutes."""
    parameters = await parse_parameters(request, ListMutedParameters)
    user, limit = str(parameters.user_id), parameters.limit
    check_user(request, user)
    kind = name = ""
    if parameters.cursor is not None:
        kind, _, name = decode_cursor(parameters.cursor, PATH, user).partition(" ")
    found = await services_of(request).stores.mutes.muted(
        user, (kind, name), limit + 1, client_of_request(request)
    )
    following, headers = None, {}
    if len(found) > limit:
        found = found[:limit]
        following = encode_cursor(" ".join(found[-1]), PATH, user)
        query = {"user-id": user, "limit": str(limit), "cursor": following}
        uri = address(request, str(URL.build(path=PATH, query=query)))
        headers["Link"] = f'<{uri}>; rel="next"'
    names: dict[Muted, list[str]] = {"author": [], "subject": []}
    for kind_, name in found:
        names[kind_].append(name)
    return json_reply(
        MutedPageResponse(names["author"], names["subject"], following), headers=headers
    )


async def _asked(request: web.Request) -> tuple[str, Muted, str]:
    """The user, and what to mute."""
    parameters = await parse_parameters(request, AuthorOrSubjectParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    if parameters.subject is not None:
        if parameters.author_id is not None:
            raise refusal({"subject": "Must not come together with `author-id`."})
        subject = await asyncio.to_thread(subject_of, parameters.subject)
        if not subject:
            raise refusal({"subject": "Must have a letter."})
        return user, "subject", subject
    if parameters.author_id is None:
        raise refusal({"author-id": "Missing: name an author here, or a `subject`."})
    if parameters.author_id == user:
        raise refusal({"author-id": "Users cannot mute themselves."})
    return user, "author", str(parameters.author_id)


def _response(kind: Muted, name: str, *, muted: bool) -> MuteResponse:
    if kind == "author":
        return MuteResponse(muted, author_id=name)
    return MuteResponse(muted, subject=name)
