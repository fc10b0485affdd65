"""`GET /feed?rank=recommended`: pages of a list that is made once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiohttp import web

from service.http.api.feeds.feed_responses import FeedPostResponse, ReasonResponse
from service.http.api.feeds.posts import post_response_at
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.page_cursor import decode_cursor, encode_cursor
from service.http.parameters.parse import refusal
from service.http.server.public_address import PUBLIC
from service.http.services import services_of
from service.ranking.filters import Shown
from service.ranking.reasons import Reason
from service.recommendations import RankedList, ShownPost
from service.store.sql.feeds.candidates import Candidates

RANK = "recommended"
Titles = Mapping[int, tuple[str, str]]
"""The id and the title of posts."""
SENTENCES = {
    "follows": "You follow the author.",
    "because-you-liked": "Those who liked {name} like it.",
    "author": "You like posts by {name}.",
    "subject": "You like posts about {name}.",
    "popular": "Many like it now.",
    "alike": "It is like {name}, which you liked.",
    "new-voice": "It is new, and few have seen it.",
    "recent": "It is recent.",
}


async def read_page(
    request: web.Request, user: str, cursor: str | None, limit: int, asked: Shown
) -> tuple[list[FeedPostResponse], str | None, str, str]:
    """Posts, the cursor of the next page, the id of the list, and the state of the feed."""
    recommendations = services_of(request).recommendations
    client = client_of_request(request)
    ranked: RankedList | None = None
    place, state = 0, "database"
    if cursor is not None:
        list_id, _, number = decode_cursor(cursor, "feed", RANK, user).partition(" ")
        if not (list_id.isalnum() and number.isdecimal()):
            raise refusal({"cursor": "Must be the `next` of another page of this list."})
        ranked, state = await recommendations.load(user, list_id), "rebuilt"
        if ranked is not None:
            place, state = int(number), "stored"
    if ranked is None:
        ranked = await recommendations.make(user, asked, client)
    shown, served, following = await recommendations.page(user, ranked, place, limit, client)
    if request.method != "HEAD":
        recommendations.log(user, served)
    next_cursor = None
    if following is not None and ranked.is_kept:
        next_cursor = encode_cursor(f"{ranked.id} {following}", "feed", RANK, user)
    base = request.app[PUBLIC].whole(request)
    titles = await titles_of([one.reason for one in shown], services_of(request).stores.candidates)
    posts = [_response(one, base, titles) for one in shown]
    return posts, next_cursor, ranked.id, state


async def titles_of(reasons: Iterable[Reason], candidates: Candidates) -> Titles:
    """The liked posts that reasons name."""
    return await candidates.titles(one.liked for one in reasons if one.liked is not None)


def reason_response(reason: Reason, titles: Titles) -> ReasonResponse:
    """A reason in one sentence; `titles` has the liked post, unless it was deleted."""
    name, post_id = reason.name, None
    if reason.liked is not None:
        name = "a post" if reason.is_alike else "what you liked"
        if reason.liked in titles:
            post_id, title = titles[reason.liked]
            name = f"“{title}”"
    text = SENTENCES["alike" if reason.is_alike else reason.kind].format(name=name)
    return ReasonResponse(reason.kind, text, post_id)


def _response(shown: ShownPost, base: str, titles: Titles) -> FeedPostResponse:
    response = post_response_at(shown.post, base)
    response.reason = reason_response(shown.reason, titles)
    return response
