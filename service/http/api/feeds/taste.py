"""`/feed/why`, `/feed/taste`: what was learnt of a user, and what it does."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from msgspec import UNSET, UnsetType

from service.http.api.feeds.feed_acts import PostId
from service.http.api.feeds.feed_responses import (
    AffinityResponse,
    ComparedTextsResponse,
    FilterResponse,
    LikedPostResponse,
    PartResponse,
    TasteResponse,
    WhyResponse,
)
from service.http.api.feeds.recommended import reason_response, titles_of
from service.http.api.responses import json_reply
from service.http.guards.access import check_user
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.types import UserId
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.ranking.filters import FILTERS
from service.ranking.types import Taste

MOST_NAMES = 100
"""Authors and subjects in an answer: those with the strongest affinities."""
WORDS = ((0.6, "likes a lot"), (0.1, "likes"), (-0.1, "neither"), (-0.6, "likes less"))
"""From which affinity on a word holds."""
LEAST = "avoids"


class ExplainPostParameters(Parameters):
    """A user and a post."""

    user_id: UserId
    post_id: PostId


class ReadTasteParameters(Parameters):
    """A user."""

    user_id: UserId


async def explain_post(request: web.Request) -> web.StreamResponse:
    """What the ranking says about one post, also about one that is not in the feed."""
    parameters = await parse_parameters(request, ExplainPostParameters)
    user, post_id = str(parameters.user_id), parameters.post_id
    check_user(request, user)
    services = services_of(request)
    found = await services.recommendations.explain(user, post_id, client_of_request(request))
    if found is None:
        if await services.stores.posts.is_deleted(post_id):
            raise Problem("gone", "The post was deleted.")
        raise Problem("not-found", "There is no post with this id.")
    weights = services.config().ranking
    return json_reply(
        WhyResponse(
            post_id=post_id,
            eligible=all(found.verdicts.values()),
            filters=[
                FilterResponse(name, passed, None if passed else FILTERS[name][1])
                for name, passed in found.verdicts.items()
            ],
            sources=list(found.sources),
            score=found.ranked.score,
            parts=[
                PartResponse(name, float(getattr(weights, name)), value)
                for name, value in found.ranked.parts.items()
            ],
            follows=found.facts.candidate.is_followed,
            views=found.facts.candidate.views,
            likes=found.facts.candidate.likes,
            reason=reason_response(
                found.reason, await titles_of([found.reason], services.stores.candidates)
            ),
        )
    )


async def get_taste(request: web.Request) -> web.StreamResponse:
    """What was learnt of a user, in words and numbers."""
    user = await _user(request)
    services = services_of(request)
    taste = await services.recommendations.taste(user, client_of_request(request))
    titles = await services.stores.candidates.titles(taste.likes)
    return json_reply(
        TasteResponse(
            likes=[
                LikedPostResponse(*titles[post]) for post in taste.likes[::-1] if post in titles
            ],
            authors=_affinities(taste.authors),
            subjects=_affinities(taste.subjects),
            texts=await _texts(services, taste, client_of_request(request)),
        )
    )


async def _texts(
    services: Services, taste: Taste, client: str
) -> ComparedTextsResponse | UnsetType:
    """How many of the liked texts are compared; nothing if none ever are."""
    embeddings = services.config().embeddings
    if not embeddings.base_url:
        return UNSET
    found = await services.stores.post_vectors.of_posts(taste.likes, embeddings.model, client)
    return ComparedTextsResponse(embeddings.model, len(found))


async def forget_taste(request: web.Request) -> web.StreamResponse:
    """Forget what was learnt of a user. Hidden posts stay hidden, mutes and follows stay."""
    user = await _user(request)
    services = services_of(request)
    await services.forget_taste(user)
    return web.Response(status=204)


async def _user(request: web.Request) -> str:
    parameters = await parse_parameters(request, ReadTasteParameters)
    user = str(parameters.user_id)
    check_user(request, user)
    return user


def _affinities(found: Mapping[str, float]) -> list[AffinityResponse]:
    strongest = sorted(found.items(), key=lambda item: (-abs(item[1]), item[0]))[:MOST_NAMES]
    strongest.sort(key=lambda item: (-item[1], item[0]))
    return [AffinityResponse(name, round(value, 3), _word(value)) for name, value in strongest]


def _word(affinity: float) -> str:
    return next((word for least, word in WORDS if affinity >= least), LEAST)
