"""`/content`: prompts come in, results are asked for."""

from __future__ import annotations

import secrets
import time
from typing import Any, ClassVar

import structlog
from aiohttp import web

from service.http.access import caller, check_user, is_mine
from service.http.fields import LARGEST_SEED, Deadline, Options, Prompt, RequestId, Seed, UserId
from service.http.parameters import Nothing, Parameters, parameters
from service.http.problems import Problem
from service.http.replies import Cancelled, Full, PartReply, Taken, View, iso, reply
from service.http.services import Services, services
from service.messages import PARTS, Accepted, Kind, Tag, new_id, time_of_id
from service.store.backlog import QueueFull
from service.store.records import Part, Record, Request

log = structlog.get_logger()

MESSAGE = "Hello! Your content is being generated. Use the request id to know status"

FIRST = 1_750_000_000.0  # seconds since the epoch: no request is older than this program


class Submit(Parameters):
    """A prompt to make a text, a picture, or both of."""

    REQUIRES: ClassVar = {"publish": "user_id"}  # the author

    prompt: Prompt
    tag: Tag
    user_id: UserId | None = None
    publish: bool = False
    seed: Seed | None = None
    options: Options | None = None
    start_by: Deadline | None = None
    finish_by: Deadline | None = None


class ViewWish(Parameters):
    """Which request to look at."""

    request_id: RequestId


async def submit(request: web.Request) -> web.Response:
    """Accept a prompt: the answer leaves when the request is durably stored."""
    wish = await parameters(request, Submit)
    if wish.user_id is not None:
        check_user(request, wish.user_id)
    served = services(request)
    seed = secrets.randbelow(LARGEST_SEED) if wish.seed is None else wish.seed
    now = time.time()
    accepted = Request(  # of plain types: what a field is made of is encoded, not the field
        new_id(),
        wish.tag,
        str(wish.prompt),
        seed,
        now,
        dict(wish.options or {}),
        None if wish.user_id is None else str(wish.user_id),
        wish.publish,
        None if wish.start_by is None else now + wish.start_by,
        None if wish.finish_by is None else now + wish.finish_by,
        caller(request).name,
    )
    await _accept(accepted, served)
    return reply(Taken(MESSAGE, accepted.id), 202, {"Location": f"/content/{accepted.id}"})


async def _accept(request: Request, served: Services) -> None:
    kinds = PARTS[request.tag]
    config = served.config()
    limits: dict[Kind, int] = {"text": config.text.max_queued, "image": config.image.max_queued}
    try:
        served.backlog.take(kinds, limits)
    except QueueFull as full:
        headers = {
            "Retry-After": str(full.retry_after),
            "RateLimit-Policy": f'"queue";q={full.limit}',
            "RateLimit": f'"queue";r=0;t={full.retry_after}',
        }
        raise Problem("queue-full", str(full), headers=headers) from None
    try:
        await served.requests.accept(request)
    except BaseException:
        served.backlog.give_back(kinds)
        raise
    served.accepted(
        Accepted(
            request.id, request.tag, request.prompt, request.seed, kinds, options=request.options
        )
    )


async def cancel(request: web.Request) -> web.Response:
    """Cancel a request: a queued one never starts, a running one is interrupted."""
    await parameters(request, Nothing)
    served = services(request)
    id_ = request.match_info["id"]
    found = served.requests.view(id_) if id_.isascii() and is_mine(request, id_) else None
    if found is None:
        raise unknown(id_, served)
    ended = await served.endings.cancel(id_)
    if id_ not in ended.ids and found[0] != "cancelled":
        raise Problem("conflict", "The request is finished: there is nothing to cancel.")
    served.ended(ended)
    if ended.ids:
        log.info("cancelled", request=id_)
    return reply(Cancelled(id_, "cancelled"), 202)


async def view(request: web.Request) -> web.Response:
    """How far a request is, in the four fields of the original API."""
    wish = await parameters(request, ViewWish)
    id_ = wish.request_id
    found = services(request).requests.view(id_) if is_mine(request, id_) else None
    if found is None:
        raise unknown(id_, services(request))
    status, error, text, image_uri = found
    return reply(View(status, text, image_uri, error))


async def show(request: web.Request) -> web.Response:
    """The whole record of a request."""
    await parameters(request, Nothing)
    served = services(request)
    id_ = request.match_info["id"]
    record = served.requests.record(id_) if id_.isascii() and is_mine(request, id_) else None
    if record is None:
        raise unknown(id_, served)
    position = None
    if record.status == "queued":
        position = await served.requests.position(record.request)
    return reply(_full(record, position, served))


def _full(record: Record, position: int | None, served: Services) -> Full:
    request = record.request
    parts: dict[Kind, Part] = {part.kind: part for part in record.parts}
    text, image = parts.get("text"), parts.get("image")
    eta = None
    if position is not None:
        etas = [served.backlog.eta(kind, position) for kind in PARTS[request.tag]]
        eta = max((known for known in etas if known is not None), default=None)
    return Full(
        id=request.id,
        tag=request.tag,
        prompt=request.prompt,
        status=record.status,
        text=text.text if text else None,
        imageUri=image.image_uri if image else None,
        error=record.error,
        created_at=iso(request.created_at) or "",
        started_at=iso(record.started_at),
        completed_at=iso(record.finished_at),
        position=position,
        eta_seconds=eta,
        attempts=max((part.attempts for part in record.parts), default=0),
        seed=request.seed,
        user_id=request.user_id,
        publish=request.publish,
        parts={kind: _part(parts.get(kind)) for kind in PARTS[request.tag]},
    )


def _part(part: Part | None) -> PartReply:
    if part is None:
        return PartReply("queued", 0)
    origin: dict[str, Any] = dict(part.origin or {})
    origin.pop("worker", None)  # its name has the machine's in it
    origin["started_at"] = iso(origin.get("started_at"))
    return PartReply(part.status, part.attempts, part.error, **origin)


def unknown(id_: str, served: Services) -> Problem:
    """The 404 for an id that was never given out, or the 410 for one whose time is over."""
    keep = served.config().retention.results
    accepted_at = time_of_id(id_)
    if keep and accepted_at is not None and FIRST < accepted_at < time.time() - keep:
        return Problem("gone", f"Finished requests are kept for {keep:g} seconds.")
    return Problem("not-found", "There is no request with this id.")
