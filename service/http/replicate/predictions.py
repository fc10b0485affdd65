"""`/replicate/v1/predictions`: create, read, list and cancel predictions."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
from aiohttp import web
from yarl import URL

from service.http.api.responses import json_reply
from service.http.api.submission.synchronous import (
    REPLAYED,
    cancelled_if_client_leaves,
    log_within,
    preferred_wait,
)
from service.http.calls.accepting import (
    AnyParameters,
    accept_calls,
)
from service.http.calls.kept import keep, root_of
from service.http.calls.model_input import options_of
from service.http.calls.model_names import named_model, tag_of
from service.http.calls.results import log_of
from service.http.guards.access import caller
from service.http.guards.connection_limits import client_of_request
from service.http.guards.stream_proof import PROOFS
from service.http.parameters.parse import parse_parameters
from service.http.parameters.types import MAX_WAIT_SECONDS
from service.http.problems import Problem
from service.http.replicate.prediction import (
    OWNER,
    PREFIX,
    KeptPrediction,
    PredictionPageResponse,
    kept_input,
    listed_prediction,
    prediction_of,
)
from service.http.replicate.prediction_parameters import (
    PICTURE_FIELDS,
    CreateModelPredictionParameters,
    CreatePredictionParameters,
    ListPredictionsParameters,
    Name,
    cancel_after,
    input_of,
)
from service.http.services import Services, services_of
from service.messages import Tag
from service.request_ids import AFTER_ALL_IDS
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Record, Request

PAGE_PREDICTIONS = 100  # predictions in a page of the list


async def create_prediction(request: web.Request) -> web.StreamResponse:
    """Start a prediction by a version: `text`, `image`, `instagram`, or any other name.

    With `Prefer: wait` the answer comes when it is final, or after 60 seconds (`wait=N` for
    another number) as `starting`. A client that leaves before cancels it. `Cancel-After` is a
    deadline.
    """
    parameters = await parse_parameters(request, CreatePredictionParameters)
    name = parameters.version
    model, _, version = name.rpartition(":") if "/" in name else ("", "", name)
    if version and "/" in version:
        model, version = version, ""
    return await _create(request, parameters, model, version)


async def create_model_prediction(request: web.Request) -> web.StreamResponse:
    """Start a prediction by the name of a model, as with a version."""
    parameters = await parse_parameters(request, CreateModelPredictionParameters)
    return await _create(request, parameters, _model_in(request), "")


async def _create(
    request: web.Request, parameters: CreateModelPredictionParameters, model: str, version: str
) -> web.StreamResponse:
    services = services_of(request)
    given = input_of(parameters, services.config().http)
    fallback: Tag = "image" if PICTURE_FIELDS & {*parameters.input} else "text"
    chosen = named_model(f"{model}:{version}", services.config())
    tag = chosen.kind if chosen else tag_of(f"{model}:{version}", fallback)
    if (deadline := cancel_after(request)) is not None:
        given = msgspec.structs.replace(given, finish_by=deadline)
    if "completed" not in (parameters.webhook_events_filter or ["completed"]):
        given = msgspec.structs.replace(given, webhook=None)
    kept = KeptPrediction(
        root=root_of(request),
        model=model or f"{OWNER}/{tag}",
        version=version or tag,
        input=kept_input(parameters.input),
    )
    options = keep(options_of(given, tag, services.config().http), kept)
    [stored] = await accept_calls(request, services, given, tag, str(given.prompt), options, chosen)
    return await _answer(request, services, stored)


async def _answer(request: web.Request, services: Services, stored: Request) -> web.StreamResponse:
    """The prediction, when it is final if the client prefers that."""
    seconds = preferred_wait(request, MAX_WAIT_SECONDS)
    if seconds is None:
        accepted = await log_of(request, stored.id) if REPLAYED in request else _begun(stored)
        return json_reply(_prediction(request, accepted), 201)
    log: EventLog | None = _begun(stored)
    async with cancelled_if_client_leaves(request, services, stored.id):
        with contextlib.suppress(DatabaseUnavailable):  # it is accepted and will be generated
            log = await log_within(stored.id, services, seconds)
    if log is None:
        raise Problem("gone", "The request was removed while it ran.")
    prediction = _prediction(request, log)
    if not log.final:
        prediction.status = "starting"  # clients take any other state for the end of their wait
    headers = {"Preference-Applied": f"wait={seconds:g}"}
    return json_reply(prediction, 201 if log.final else 202, headers)


def _begun(stored: Request) -> EventLog:
    """The log of a request that was just accepted, without a look at the database."""
    return EventLog(Record(stored, "queued", None, None, None, ()), ())


async def get_prediction(request: web.Request) -> web.StreamResponse:
    """A prediction as it is now."""
    await parse_parameters(request, AnyParameters)
    return json_reply(_prediction(request, await log_of(request, request.match_info["prediction"])))


async def list_predictions(request: web.Request) -> web.StreamResponse:
    """The client's own requests as predictions, newest first, 100 in a page."""
    parameters = await parse_parameters(request, ListPredictionsParameters)
    who, services = caller(request), services_of(request)
    before = AFTER_ALL_IDS if parameters.cursor is None else str(parameters.cursor)
    page = await services.stores.request_listing.page(
        None if who.sees_all else who.name,
        None,
        None,
        before,
        PAGE_PREDICTIONS,
        client=client_of_request(request),
    )
    root, proofs = root_of(request), request.app[PROOFS]
    following = None
    if len(page) == PAGE_PREDICTIONS:
        path = URL.build(path=f"{PREFIX}/predictions", query={"cursor": page[-1].id})
        following = f"{root}{path}"
    listed = [listed_prediction(one, root, proofs) for one in page]
    return json_reply(PredictionPageResponse(listed, following))


async def cancel_prediction(request: web.Request) -> web.StreamResponse:
    """Cancel a prediction; one that is final stays as it is."""
    await parse_parameters(request, AnyParameters)
    services, id_ = services_of(request), request.match_info["prediction"]
    await log_of(request, id_)
    services.ends.follow(await services.stores.cancellation.cancel(id_))
    return json_reply(_prediction(request, await log_of(request, id_)))


def _prediction(request: web.Request, log: EventLog) -> Any:
    return prediction_of(log, root_of(request), request.app[PROOFS])


def _model_in(request: web.Request) -> str:
    """The name of the model in the path. Raises Problem."""
    name = f"{request.match_info['owner']}/{request.match_info['name']}"
    try:
        return msgspec.convert(name, Name)
    except msgspec.ValidationError:
        raise Problem("not-found", "There is no model of such a long name.") from None
