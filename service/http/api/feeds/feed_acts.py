"""`POST /feed/events`: what users do with posts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from msgspec import Meta

from service.http.api.feeds.feed_responses import RecordedResponse
from service.http.api.responses import json_reply
from service.http.guards.access import check_user
from service.http.parameters.parse import Parameters, parse_parameters, refusal
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.services import services_of
from service.store.sql.feeds.interactions import ActKind, ActOf, UserAct
from service.store.sql.feeds.posts import Posts

MOST_EVENTS = 100
OF_SOMETHING = ("more", "less")
"""Kinds that need an `of`."""

PostId = Annotated[
    str,
    Meta(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="The id of a post."),
]
Kind = Annotated[
    ActKind,
    Meta(description="What the user does; `unlike` and `unhide` take back `like` and `hide`."),
]
Of = Annotated[ActOf, Meta(description="What `more` and `less` are about.")]
Served = Annotated[
    str,
    Meta(
        pattern="^[0-9a-f]{32}$",
        description="The `served` of the page that the post came with.",
    ),
]


class UserEvent(Parameters):
    """One event; without `user-id` it has that of the request."""

    post_id: PostId
    kind: Kind
    user_id: UserId | None = None
    of: Of | None = None
    served: Served | None = None


class RecordEventsParameters(Parameters):
    """One event, or up to 100 as `events`."""

    user_id: UserId | None = None
    post_id: PostId | None = None
    kind: Kind | None = None
    of: Of | None = None
    served: Served | None = None
    events: Annotated[list[UserEvent], Meta(min_length=1, max_length=MOST_EVENTS)] | None = None


async def record_events(request: web.Request) -> web.StreamResponse:
    """Record what users do; all events or none. An event that comes twice counts once."""
    parameters = await parse_parameters(request, RecordEventsParameters)
    events = _events(parameters)
    stores = services_of(request).stores
    users = [_user(event, parameters, place) for place, event in enumerate(events)]
    for user in dict.fromkeys(users):
        check_user(request, user)
    acts = [
        await _act(stores.posts, user, event) for user, event in zip(users, events, strict=True)
    ]
    for act in await stores.interactions.record(acts):
        if act.kind == "like" and act.list_id is not None:
            await services_of(request).recommendations.count_like(
                act.user, act.list_id, act.post_us
            )
    return json_reply(RecordedResponse(len(acts)))


def _events(parameters: RecordEventsParameters) -> Sequence[UserEvent]:
    if parameters.events is not None:
        for name in ("post-id", "kind", "of", "served"):
            if getattr(parameters, name.replace("-", "_")) is not None:
                raise refusal({name: "Must not come together with `events`."})
        events = parameters.events
    else:
        if parameters.post_id is None or parameters.kind is None:
            missing = {"post-id": parameters.post_id, "kind": parameters.kind}
            raise refusal({name: "Missing." for name, value in missing.items() if value is None})
        events = [
            UserEvent(parameters.post_id, parameters.kind, None, parameters.of, parameters.served)
        ]
    for event in events:
        if (event.kind in OF_SOMETHING) != (event.of is not None):
            about = (
                "`more` and `less` need it: author or subject."
                if event.of is None
                else ("Must come with `more` or `less` only.")
            )
            raise refusal({"of": about})
    return events


def _user(event: UserEvent, parameters: RecordEventsParameters, place: int) -> str:
    user = event.user_id if event.user_id is not None else parameters.user_id
    if user is None:
        raise refusal({"user-id": "Missing." if place == 0 else f"Missing in event {place}."})
    return str(user)


async def _act(posts: Posts, user: str, event: UserEvent) -> UserAct:
    post = await posts.get(event.post_id)
    if post is None:
        if await posts.is_deleted(event.post_id):
            raise Problem("gone", f"The post {event.post_id} was deleted.")
        raise Problem("not-found", f"There is no post with the id {event.post_id}.")
    return UserAct(user, post.created_us, post.author, event.kind, event.of, event.served)
