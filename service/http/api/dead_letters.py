"""`/dead-letters`: requests that failed for good, and their redrive."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from service.http.api.responses import (
    DeadLetterPageResponse,
    DeadLetterResponse,
    FailedAttemptResponse,
    RedrivenPageResponse,
    RedrivenResponse,
    json_reply,
)
from service.http.guards.connection_limits import client_of_request
from service.http.parameters.parse import EmptyParameters, Parameters, parse_parameters
from service.http.parameters.types import Cursor
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.messages import Tag
from service.request_ids import AFTER_ALL_IDS
from service.store.sql.requests.dead_letters import DeadLetter
from service.store.sql.requests.request_records import iso

Limit = Annotated[int, Meta(ge=1, le=100)]
MAX_REDRIVEN = 100  # dead letters in one call


class DeadLetterFilter(Parameters):
    """Which dead letters: newest first, those after `cursor`."""

    tag: Tag | None = None
    limit: Limit = 20
    cursor: Cursor | None = None


class RedriveFilter(Parameters):
    """Which dead letters to redrive: newest first, those after `cursor`."""

    tag: Tag | None = None
    limit: Limit = MAX_REDRIVEN
    cursor: Cursor | None = None


async def list_dead_letters(request: web.Request) -> web.StreamResponse:
    """List requests that failed for good, with every attempt and its reason."""
    letters, following = await _page(request, await parse_parameters(request, DeadLetterFilter))
    return json_reply(DeadLetterPageResponse([_letter(letter) for letter in letters], following))


async def redrive_dead_letter(request: web.Request) -> web.StreamResponse:
    """Queue one dead letter again; it keeps its earlier attempts."""
    await parse_parameters(request, EmptyParameters)
    services = services_of(request)
    id_ = request.match_info["id"]
    if not id_.isascii() or await services.stores.requests.view(id_) is None:
        raise Problem("not-found", "There is no request with this id.")
    redriven = await _redrive([id_], services)
    if not redriven:
        raise Problem("conflict", "This request is no dead letter: it has not failed for good.")
    return json_reply(RedrivenResponse(redriven), 202)


async def redrive_dead_letters(request: web.Request) -> web.StreamResponse:
    """Queue a page of dead letters again; `next` leads to the older ones."""
    services = services_of(request)
    letters, following = await _page(request, await parse_parameters(request, RedriveFilter))
    redriven = await _redrive([letter.id for letter in letters], services)
    return json_reply(RedrivenPageResponse(redriven, following), 202)


async def _page(
    request: web.Request, parameters: DeadLetterFilter | RedriveFilter
) -> tuple[list[DeadLetter], str | None]:
    """A page of dead letters, and the cursor of the next page; None at the end."""
    before = AFTER_ALL_IDS if parameters.cursor is None else str(parameters.cursor)
    letters = await services_of(request).stores.dead_letters.page(
        parameters.tag, before, parameters.limit, client=client_of_request(request)
    )
    return letters, letters[-1].id if len(letters) == parameters.limit else None


async def _redrive(ids: list[str], services: Services) -> list[str]:
    """Redrive those that are still dead letters. A full queue does not refuse them."""
    redriven = await services.stores.dead_letters.redrive(ids)
    for id_, places in redriven.items():
        services.admission.readmit(places)
        for parameters in await services.stores.requests.unfinished_parts(id_):
            services.admission.clients.add({id_: parameters.client})
            services.relay.accepted(parameters)
    services.subscriptions.changed(redriven)
    return sorted(redriven)


def _letter(letter: DeadLetter) -> DeadLetterResponse:
    history = [
        FailedAttemptResponse(
            failure.kind,
            failure.attempt,
            iso(failure.started_at) or "",
            failure.seconds,
            failure.generator,
            failure.reason,
            failure.detail,
        )
        for failure in letter.history
    ]
    times = iso(letter.created_at) or "", iso(letter.failed_at) or ""
    return DeadLetterResponse(letter.id, letter.tag, letter.prompt, letter.error, *times, history)
