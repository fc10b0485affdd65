"""`GET /content`: the client's own requests, newest first."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta
from yarl import URL

from service.http.api.responses import ListedReply, Requests, reply
from service.http.guards.access import caller
from service.http.parameters.parse import Parameters, parameters
from service.http.parameters.types import Cursor
from service.http.services import services
from service.messages import Status, Tag
from service.store.sql.request_listing import NEWEST, Listed
from service.store.sql.request_records import iso


class ListWish(Parameters):
    """Which requests: newest first, those after `cursor`."""

    status: Status | None = None
    tag: Tag | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None


async def listing(request: web.Request) -> web.StreamResponse:
    """A page of requests; `next`, and a link, lead to the page after it."""
    wish = await parameters(request, ListWish)
    who = caller(request)
    before = NEWEST if wish.cursor is None else str(wish.cursor)
    owner = None if who.sees_all else who.name
    found = await services(request).listing.page(owner, wish.status, wish.tag, before, wish.limit)
    following = found[-1].id if len(found) == wish.limit else None
    headers = {}
    if following is not None:
        query = {name: value for name, value in _given(wish).items() if value is not None}
        address = URL.build(path="/content", query={**query, "cursor": following})
        headers["Link"] = f'<{address}>; rel="next"'
    return reply(Requests([_reply(one) for one in found], following), headers=headers)


def _given(wish: ListWish) -> dict[str, str | int | None]:
    return {"status": wish.status, "tag": wish.tag, "limit": wish.limit}


def _reply(one: Listed) -> ListedReply:
    return ListedReply(
        one.id,
        one.tag,
        one.prompt,
        one.status,
        one.text,
        one.image_uri,
        one.error,
        iso(one.created_at) or "",
        iso(one.started_at),
        iso(one.finished_at),
    )
