"""`GET /content`: the client's own requests, newest first."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta
from yarl import URL

from service import clock
from service.http.api.responses import ContentPageResponse, ContentSummaryResponse, json_reply
from service.http.guards.access import caller
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.search_words import SearchWords
from service.http.parameters.timestamp import Timestamp
from service.http.parameters.types import Cursor, RequestId
from service.http.server.public_address import address
from service.http.services import services_of
from service.messages import Status, Tag
from service.request_ids import AFTER_ALL_IDS, id_of_time
from service.store.sql.feeds.posts import MICROSECONDS
from service.store.sql.requests.request_listing import ListedRequest
from service.store.sql.requests.request_records import iso
from service.store.sql.requests.request_search import words_of


class ContentFilter(Parameters):
    """Which requests: newest first, those after `cursor`.

    They were accepted at or after `since` and before `until`.
    """

    status: Status | None = None
    tag: Tag | None = None
    q: SearchWords | None = None
    group: RequestId | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Cursor | None = None


async def list_content(request: web.Request) -> web.StreamResponse:
    """A page of requests; `next`, and a link, lead to the page after it."""
    parameters = await parse_parameters(request, ContentFilter)
    who = caller(request)
    before = min(_id_at(parameters.until) or AFTER_ALL_IDS, parameters.cursor or AFTER_ALL_IDS)
    owner = None if who.sees_all else who.name
    services = services_of(request)
    page = await services.stores.request_listing.page(
        owner,
        parameters.status,
        parameters.tag,
        before,
        parameters.limit,
        after=_id_at(parameters.since),
        words=words_of(parameters.q or ""),
        group=parameters.group,
        client=client_of_request(request),
    )
    following = page[-1].id if len(page) == parameters.limit else None
    headers = {}
    if following is not None:
        query = {name: value for name, value in _filters(parameters).items() if value is not None}
        after = URL.build(path="/content", query={**query, "cursor": following})
        headers["Link"] = f'<{address(request, str(after))}>; rel="next"'
    listed = [_reply(listed_request, request) for listed_request in page]
    return json_reply(ContentPageResponse(listed, following), headers=headers)


def _filters(parameters: ContentFilter) -> dict[str, str | int | None]:
    return {
        "status": parameters.status,
        "tag": parameters.tag,
        "q": parameters.q,
        "group": parameters.group,
        "since": _seconds(parameters.since),
        "until": _seconds(parameters.until),
        "limit": parameters.limit,
    }


def _id_at(microseconds: Timestamp | None) -> str:
    """The first id of this time; "" without one."""
    if microseconds is None:
        return ""
    # one less: a time that was shown is rounded, an id is cut off
    return id_of_time(clock.moment_of((microseconds - 1) / MICROSECONDS))


def _seconds(microseconds: Timestamp | None) -> str | None:
    return None if microseconds is None else f"{microseconds / MICROSECONDS:.6f}"


def _reply(listed: ListedRequest, request: web.Request) -> ContentSummaryResponse:
    return ContentSummaryResponse(
        listed.id,
        listed.tag,
        listed.prompt,
        listed.status,
        listed.text,
        listed.image_uri and address(request, listed.image_uri),
        listed.error,
        iso(listed.created_at) or "",
        iso(listed.started_at),
        iso(listed.finished_at),
        listed.group,
    )
