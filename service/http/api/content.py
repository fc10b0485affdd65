"""`/content`: submit prompts, read and cancel requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import msgspec
import structlog
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from service import clock
from service.generators.protocol import CHAT, ended_with
from service.http.api.records import full
from service.http.api.responses import (
    AcceptedResponse,
    CancelledResponse,
    ContentRecordResponse,
    ContentStatusResponse,
    json_reply,
    json_reply_with_etag,
)
from service.http.api.submission.abilities import refuse_unable
from service.http.api.submission.acceptance import client_headers
from service.http.api.submission.idempotency import REPLAYED as IDEMPOTENT_REPLAYED
from service.http.api.submission.idempotency import idempotency_key
from service.http.api.submission.input_pictures import with_input
from service.http.api.submission.model_choice import chosen_models
from service.http.api.submission.submission import MAX_VARIANTS, Asked, check_submission, submit
from service.http.api.submission.synchronous import REPLAYED, log_within, preferred_wait
from service.http.guards.access import caller, is_mine, permitted_priority
from service.http.parameters.input_image import InputImage
from service.http.parameters.model_choice import ModelChoice, names_of
from service.http.parameters.note import Note
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.types import (
    Deadline,
    Options,
    Prompt,
    RequestId,
    Seed,
    UserId,
    Wait,
    Webhook,
)
from service.http.problems import Problem
from service.http.server.public_address import PUBLIC, address
from service.http.services import Services, services_of
from service.messages import UNFINISHED, Priority, Tag
from service.request_ids import time_of_id
from service.store.result_cache import View
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Request

log = structlog.get_logger()

MESSAGE = "Hello! Your content is being generated. Use the request id to know status"

# seconds since the epoch: no request is older than this program
EARLIEST_REQUEST_SECONDS = 1_750_000_000.0

REPEATED_SECONDS = 10.0  # within which a cancellation may be sent again


class CreateContentParameters(Parameters):
    """A prompt for a text, a picture, or both."""

    REQUIRES: ClassVar = {"publish": "user_id"}  # the author
    FILES: ClassVar = frozenset({"image"})

    prompt: Prompt
    tag: Tag
    user_id: UserId | None = None
    publish: bool = False
    seed: Seed | None = None
    options: Options | None = None
    start_by: Deadline | None = None
    finish_by: Deadline | None = None
    priority: Priority | None = None
    webhook: Webhook | None = None
    note: Note | UnsetType = UNSET
    n: Annotated[int, Meta(ge=1, le=MAX_VARIANTS)] | UnsetType | None = UNSET
    """Unset it is not in the digest of an Idempotency-Key, as before there was an `n`."""
    model: ModelChoice | UnsetType | None = UNSET
    text_model: str | UnsetType | None = UNSET
    image_model: str | UnsetType | None = UNSET
    image: InputImage | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if self.publish and self.user_id is None:
            raise ValueError("publish")

    @property
    def models(self) -> Mapping[str, str]:
        """The names of models, by part."""
        names = {} if self.model is UNSET else names_of(self.model)
        if self.text_model is self.image_model is UNSET:
            return names
        of_parts = {"text": self.text_model, "image": self.image_model}
        more = {part: name for part, name in of_parts.items() if isinstance(name, str)}
        return {**names, **more} if more else names


class DeleteContentParameters(Parameters):
    """With `cancel` nothing but a cancellation: a finished request stays (409)."""

    cancel: bool = False


class EditContentParameters(Parameters):
    """What changes of a request; the rest stays."""

    note: Note | None = None
    priority: Priority | None = None


class GetContentParameters(Parameters):
    """Whether to wait until the request is final: seconds."""

    wait: Wait | None = None


class ViewContentParameters(Parameters):
    """Which request to read."""

    request_id: RequestId


async def create_content(request: web.Request) -> web.StreamResponse:
    """Accept a prompt: the answer is sent when the request is durably stored."""
    services = services_of(request)
    if not services.tracing.on:
        return await _submit(request, services)
    with services.tracing.request("POST /content", request.headers) as trace:
        return await _submit(request, services, trace)


async def _submit(
    request: web.Request, services: Services, trace: str | None = None
) -> web.StreamResponse:
    parameters = await parse_parameters(request, CreateContentParameters)
    check_submission(request, services, parameters)
    who = caller(request)
    priority = parameters.priority = permitted_priority(who, parameters.priority)
    models = chosen_models(who, services, parameters.tag, parameters.models)
    options = dict(parameters.options or {})
    if CHAT in options:
        options[CHAT] = ended_with(str(options[CHAT]), str(parameters.prompt))
    if options:
        refuse_unable(who, services, parameters.tag, models, options, lambda _: "options")
    asked = Asked(parameters.tag, str(parameters.prompt), options, models, priority)
    if parameters.image:
        what = parameters.tag, models, parameters.image, options
        async with with_input(request, services, *what) as more:
            asked = msgspec.structs.replace(asked, options=more)
            return await _accept(request, services, parameters, asked, trace)
    return await _accept(request, services, parameters, asked, trace)


async def _accept(
    request: web.Request,
    services: Services,
    parameters: CreateContentParameters,
    asked: Asked,
    trace: str | None,
) -> web.StreamResponse:
    key = idempotency_key(request, parameters)
    accepted = await submit(request, services, parameters, asked, key, trace)
    if parameters.note is not UNSET:  # a repeated call must not undo an edit since the first one
        await services.stores.request_notes.add(
            [each.id for each in accepted], str(parameters.note)
        )
    if key is not None and REPLAYED in request:
        return _accepted_reply(request, accepted, {IDEMPOTENT_REPLAYED: "true"})
    return _accepted_reply(request, accepted, client_headers(accepted[0], services))


def _accepted_reply(
    request: web.Request, accepted: Sequence[Request], headers: Mapping[str, str]
) -> web.StreamResponse:
    first = accepted[0]
    reply = AcceptedResponse(MESSAGE, first.id)
    place = f"content/{first.id}"
    if first.group is not None:
        reply.group, reply.RequestIds = first.group, [each.id for each in accepted]
        place = f"content?group={first.group}"
    location = f"{request.app[PUBLIC].path(request)}/{place}"
    return json_reply(reply, 202, {"Location": location, **headers})


async def edit_content(request: web.Request) -> web.StreamResponse:
    """Set the private note on a request, or the priority of one that waits."""
    parameters = await parse_parameters(request, EditContentParameters)
    services, id_ = services_of(request), request.match_info["id"]
    await _view(request, id_)
    if parameters.priority is not None:
        await _reprioritize(id_, permitted_priority(caller(request), parameters.priority), services)
    if parameters.note is not None:
        await services.stores.request_notes.set(id_, str(parameters.note))
    record = await _record(request, await services.stores.events.log(id_))
    return json_reply_with_etag(request, record, {})


async def _reprioritize(id_: str, priority: Priority, services: Services) -> None:
    if not await services.stores.request_priorities.change(id_, priority):
        raise Problem("conflict", "Nothing of the request waits any more.")
    log.info("priority changed", request=id_, priority=priority)
    await services.relay.reprioritize(id_, priority)
    services.subscriptions.changed([id_])


async def _view(request: web.Request, id_: str) -> View:
    """Status and results of a request of the caller. Raises Problem."""
    services = services_of(request)
    view = await services.stores.requests.view(id_) if id_.isascii() else None
    if view is None or not await is_mine(request, id_):
        raise unknown(id_, services)
    return view


async def cancel_content(request: web.Request) -> web.StreamResponse:
    """Cancel an unfinished request, or remove a finished one with its pictures.

    A queued one never starts, a running one is interrupted. A picture that a post shows stays.
    """
    parameters = await parse_parameters(request, DeleteContentParameters)
    services, id_ = services_of(request), request.match_info["id"]
    status = (await _view(request, id_))[0]
    if (
        status not in UNFINISHED
        and not parameters.cancel
        and not await _just_cancelled(id_, services)
    ):
        if not await services.stores.retention.remove([id_]):
            await _view(request, id_)  # a concurrent call may have removed it
            raise Problem("conflict", "The request is at work again: it cannot be removed now.")
        log.info("removed", request=id_)
        return web.Response(status=204)
    ended = await services.stores.cancellation.cancel(id_)
    view = await services.stores.requests.view(id_)  # a concurrent call may have cancelled it
    if view is None or view[0] != "cancelled":
        raise Problem("conflict", "The request is finished: there is nothing to cancel.")
    services.ends.follow(ended)
    if ended.ids:
        log.info("cancelled", request=id_)
    return json_reply(CancelledResponse(id_, "cancelled"), 202)


async def _just_cancelled(id_: str, services: Services) -> bool:
    """Whether a request was cancelled so recently that this may be the same call once more."""
    record = await services.stores.requests.record(id_)
    if record is None or record.status != "cancelled":
        return False
    return clock.now() - (record.finished_at or 0.0) < REPEATED_SECONDS


async def view_content(request: web.Request) -> web.StreamResponse:
    """The state of a request, in the four fields of the original API."""
    parameters = await parse_parameters(request, ViewContentParameters)
    services, id_ = services_of(request), parameters.request_id
    view = await services.stores.requests.view(id_) if await is_mine(request, id_) else None
    if view is None:
        raise unknown(id_, services)
    status, error, text, image_uri = view
    if image_uri is not None:
        image_uri = address(request, image_uri)
    return json_reply(ContentStatusResponse(status, text, image_uri, error))


async def get_content(request: web.Request) -> web.StreamResponse:
    """The whole record of a request: at once, or as soon as it is final within some seconds."""
    parameters = await parse_parameters(request, GetContentParameters)
    services = services_of(request)
    id_ = request.match_info["id"]
    headers = {}
    wait: float | None = parameters.wait
    if wait is None and (wait := preferred_wait(request)) is not None:
        headers["Preference-Applied"] = f"wait={wait:g}"
    log_ = None
    if id_.isascii() and await is_mine(request, id_):
        log_ = (
            await services.stores.events.log(id_)
            if wait is None
            else await log_within(id_, services, wait)
        )
    return json_reply_with_etag(request, await _record(request, log_), headers)


async def _record(request: web.Request, log_: EventLog | None) -> ContentRecordResponse:
    services = services_of(request)
    if log_ is None:
        raise unknown(request.match_info["id"], services)
    place = None
    if log_.record.status == "queued":
        [place] = await services.positions.positions_of([log_.record.waiting])
    record = full(log_, place)
    if record.imageUri is not None:
        record.imageUri = address(request, record.imageUri)
    if record.image is not None:
        record.image = address(request, record.image)
    return record


def unknown(id_: str, services: Services) -> Problem:
    """The 404 for an id that never existed, or the 410 for a removed request."""
    keep = services.config().retention.results
    accepted_at = time_of_id(id_)
    if (
        keep
        and accepted_at is not None
        and EARLIEST_REQUEST_SECONDS < accepted_at < clock.now() - keep
    ):
        return Problem("gone", f"Finished requests are kept for {keep:g} seconds.")
    return Problem("not-found", "There is no request with this id.")
