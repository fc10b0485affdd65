"""`/feed/authors/{author}/atom` and `/json`: an author's posts for feed readers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote, urlencode

from aiohttp import web
from msgspec import Meta

from service.http.api.feeds.syndication.entries import AuthorFeed, entries_of
from service.http.api.feeds.syndication.json_feed import JsonFeed, json_feed
from service.http.guards.access import caller
from service.http.guards.feed_proof import sent_feed_proof
from service.http.guards.rate_limiting import client_of, networks
from service.http.guards.stream_proof import PROOF
from service.http.negotiation import has, header
from service.http.parameters.page_cursor import PageCursor, decode_moment, encode_cursor
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.types import UserId
from service.http.server.public_address import PUBLIC
from service.http.services import services_of
from service.store.sql.feeds.posts import LATEST

ATOM_MEDIA_TYPE = "application/atom+xml"


class ReadAuthorFeedParameters(Parameters):
    """Newest first, those after `cursor`."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: PageCursor | None = None
    proof: str | None = None


async def read_atom(request: web.Request) -> web.StreamResponse:
    """An author's posts as Atom 1.0; the link `next` leads to the next page (RFC 5005)."""
    from service.http.api.feeds.syndication.atom import atom  # noqa: PLC0415 - its library loads XML parsers

    return await _answer(request, "atom", ATOM_MEDIA_TYPE, atom)


async def read_json_feed(request: web.Request) -> web.StreamResponse:
    """An author's posts as JSON Feed 1.1; `next_url` leads to the next page."""
    return await _answer(request, "json", JsonFeed.MEDIA_TYPE, json_feed)


async def _answer(
    request: web.Request, form: str, media_type: str, write: Callable[[AuthorFeed], bytes]
) -> web.StreamResponse:
    body = write(await _page(request, form))
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}  # to be asked for again: posts may go
    if has(header(request, "If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=media_type, charset="utf-8", headers=headers)


async def _page(request: web.Request, form: str) -> AuthorFeed:
    parameters = await parse_parameters(request, ReadAuthorFeedParameters)
    services = services_of(request)
    author, limit = _author(request), parameters.limit
    before_us = LATEST
    if parameters.cursor is not None:
        before_us = decode_moment(parameters.cursor, "author", author)
    client = client_of(request, caller(request).name, networks(services.config().http))
    posts = await services.stores.posts.of_author(author, before_us, limit + 1, client=client)
    base, proof = request.app[PUBLIC].root(request), sent_feed_proof(request)
    first = f"{base}/feed/authors/{quote(author, safe='')}/{form}"
    proved = {PROOF: proof} if proof else {}
    query_of_posts = f"?{urlencode(proved)}" if proof else ""
    start = f"{first}{query_of_posts}"
    following = None
    if len(posts) > limit:
        posts = posts[:limit]
        cursor = encode_cursor(str(posts[-1].created_us), "author", author)
        following = f"{first}?{urlencode({'limit': limit, 'cursor': cursor, **proved})}"
    query = request.rel_url.raw_query_string
    return AuthorFeed(
        author,
        f"{base}/",
        start,
        f"{first}?{query}" if query else first,
        following,
        await entries_of(
            posts, base, services.stores.media, f"?{urlencode(proved)}" if proof else ""
        ),
    )


def _author(request: web.Request) -> str:
    try:
        return str(UserId.parse(request.match_info["author"], services_of(request).config().http))
    except ValueError as error:
        raise refusal({"author": str(error)}) from None
