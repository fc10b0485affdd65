"""`/dead-letters`: what failed for good, and another life for it."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from msgspec import Meta

from service.http.api.responses import (
    DeadLetterReply,
    DeadLetters,
    FailureReply,
    Redriven,
    RedrivenPage,
    reply,
)
from service.http.parameters.parse import Nothing, Parameters, parameters
from service.http.parameters.types import Cursor
from service.http.problems import Problem
from service.http.services import Services, services
from service.messages import Tag
from service.store.sql.dead_letters import NEWEST, DeadLetter
from service.store.sql.request_records import iso

Limit = Annotated[int, Meta(ge=1, le=100)]
MOST = 100  # dead letters that are redriven by one call


class Page(Parameters):
    """Which dead letters: newest first, those after `cursor`."""

    tag: Tag | None = None
    limit: Limit = 20
    cursor: Cursor | None = None


class Filter(Parameters):
    """Which dead letters to redrive: newest first, those after `cursor`."""

    tag: Tag | None = None
    limit: Limit = MOST
    cursor: Cursor | None = None


async def dead_letters(request: web.Request) -> web.StreamResponse:
    """What failed for good, with every attempt and its reason."""
    letters, following = await _page(await parameters(request, Page), services(request))
    return reply(DeadLetters([_letter(letter) for letter in letters], following))


async def redrive(request: web.Request) -> web.StreamResponse:
    """Have one dead letter tried again, with all its attempts before it."""
    await parameters(request, Nothing)
    served = services(request)
    id_ = request.match_info["id"]
    if not id_.isascii() or served.requests.view(id_) is None:
        raise Problem("not-found", "There is no request with this id.")
    redriven = await _redrive([id_], served)
    if not redriven:
        raise Problem("conflict", "This request is no dead letter: it has not failed for good.")
    return reply(Redriven(redriven), 202)


async def redrive_all(request: web.Request) -> web.StreamResponse:
    """Have a page of dead letters tried again; `next` leads to the older ones."""
    served = services(request)
    letters, following = await _page(await parameters(request, Filter), served)
    redriven = await _redrive([letter.id for letter in letters], served)
    return reply(RedrivenPage(redriven, following), 202)


async def _page(wish: Page | Filter, served: Services) -> tuple[list[DeadLetter], str | None]:
    """The dead letters that are wished for, and the cursor of those after them; None at the end."""
    before = NEWEST if wish.cursor is None else str(wish.cursor)
    letters = await served.dead_letters.page(wish.tag, before, wish.limit)
    return letters, letters[-1].id if len(letters) == wish.limit else None


async def _redrive(ids: list[str], served: Services) -> list[str]:
    """Redrive what is still a dead letter; it was accepted once, so no queue is too full for it."""
    redriven = await served.dead_letters.redrive(ids)
    for id_, kinds in redriven.items():
        served.backlog.take_back(kinds)
        for wish in await served.requests.wanted(id_):
            served.accepted(wish)
    served.bulletin.changed(redriven)
    return sorted(redriven)


def _letter(letter: DeadLetter) -> DeadLetterReply:
    history = [
        FailureReply(
            failure.kind,
            failure.attempt,
            iso(failure.started_at) or "",
            failure.seconds,
            failure.generator,
            failure.reason,
        )
        for failure in letter.history
    ]
    times = iso(letter.created_at) or "", iso(letter.failed_at) or ""
    return DeadLetterReply(letter.id, letter.tag, letter.prompt, letter.error, *times, history)
