"""`/replicate/v1/predictions`: create, read, list and cancel predictions."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

import msgspec
from aiohttp import web
from msgspec import Meta
from yarl import URL

from service.config import HttpConfig
from service.http.api.content import unknown
from service.http.api.responses import json_reply
from service.http.api.synchronous import cancelled_if_client_leaves, log_within, preferred_wait
from service.http.calls.accepting import (
    AnyParameters,
    CallParameters,
    accept_calls,
    honoured_fields,
)
from service.http.calls.kept import keep, root_of
from service.http.calls.model_input import ModelInput, options_of, refuse_unsupported
from service.http.calls.model_names import tag_of
from service.http.guards.access import caller, is_mine
from service.http.guards.connection_limits import client_of_request
from service.http.guards.stream_proof import PROOFS
from service.http.parameters.parse import parse_parameters, refusal
from service.http.parameters.types import MAX_WAIT_SECONDS, Cursor, Prompt, Webhook
from service.http.parameters.validation import checked, convert, from_json
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
from service.http.services import Services, services_of
from service.messages import AFTER_ALL_IDS, Tag
from service.store.sql.events import EventLog

PAGE = 100  # predictions in a page of the list
CANCEL_AFTER = "Cancel-After"
DURATION = "(?=.*[1-9])(?:([0-9]{1,3})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,7})s?)?"
"""A deadline as clients write it: less than a year."""
OWN = ("user-id", "publish", "priority", "start-by", "finish-by", "webhook")
"""Feedmill's own fields, which may be in the input or beside it."""
PICTURE_FIELDS = {"width", "height", "aspect_ratio", "num_inference_steps", "guidance_scale"}
"""Fields that only models of pictures have: they tell what an unknown model makes."""

Name = Annotated[str, Meta(max_length=300)]


class PredictionInput(dict[str, Any]):
    """The input of a model; in a query or a form it is a JSON object as text."""

    @classmethod
    def parse(cls, value: Any, _http: HttpConfig) -> Self:
        if isinstance(value, str):
            value = from_json(value)
        if not isinstance(value, dict):
            raise ValueError("Must be a JSON object.")  # noqa: TRY004 - msgspec wants a ValueError
        return cls(value)

    @classmethod
    def schema(cls, http: HttpConfig) -> dict[str, Any]:
        prompt = Prompt.schema(http)
        return {"type": "object", "required": ["prompt"], "properties": {"prompt": prompt}}


class CreateModelPredictionParameters(CallParameters, kw_only=True):
    """The input of a model."""

    input: PredictionInput
    webhook_completed: Webhook | None = None
    webhook_events_filter: list[str] | None = None
    stream: bool | None = None


class CreatePredictionParameters(CreateModelPredictionParameters, kw_only=True):
    """The input of a version of a model."""

    version: Name


class ListPredictionsParameters(AnyParameters):
    """Where the page begins."""

    cursor: Cursor | None = None


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
    given = _input(parameters, services)
    fallback: Tag = "image" if PICTURE_FIELDS & {*parameters.input} else "text"
    tag = tag_of(f"{model}:{version}", fallback)
    refuse_unsupported(given, tag, honoured_fields(services))
    if (deadline := _cancel_after(request)) is not None:
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
    [stored] = await accept_calls(request, services, given, tag, str(given.prompt), options)
    return await _answer(request, services, stored.id)


async def _answer(request: web.Request, services: Services, id_: str) -> web.StreamResponse:
    """The prediction, when it is final if the client prefers that."""
    seconds = preferred_wait(request, MAX_WAIT_SECONDS)
    if seconds is None:
        return json_reply(_prediction(request, log_of(request, id_)), 201)
    async with cancelled_if_client_leaves(request, services, id_):
        log = await log_within(id_, services, seconds)
    if log is None:
        raise Problem("gone", "The request was removed while it ran.")
    prediction = _prediction(request, log)
    if not log.final:
        prediction.status = "starting"  # clients take any other state for the end of their wait
    headers = {"Preference-Applied": f"wait={seconds:g}"}
    return json_reply(prediction, 201 if log.final else 202, headers)


async def get_prediction(request: web.Request) -> web.StreamResponse:
    """A prediction as it is now."""
    await parse_parameters(request, AnyParameters)
    return json_reply(_prediction(request, log_of(request, request.match_info["prediction"])))


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
        PAGE,
        client=client_of_request(request),
    )
    root, proofs = root_of(request), request.app[PROOFS]
    following = None
    if len(page) == PAGE:
        path = URL.build(path=f"{PREFIX}/predictions", query={"cursor": page[-1].id})
        following = f"{root}{path}"
    listed = [listed_prediction(one, root, proofs) for one in page]
    return json_reply(PredictionPageResponse(listed, following))


async def cancel_prediction(request: web.Request) -> web.StreamResponse:
    """Cancel a prediction; one that is final stays as it is."""
    await parse_parameters(request, AnyParameters)
    services, id_ = services_of(request), request.match_info["prediction"]
    log_of(request, id_)
    services.ends.follow(await services.stores.cancellation.cancel(id_))
    return json_reply(_prediction(request, log_of(request, id_)))


def log_of(request: web.Request, id_: str) -> EventLog:
    """The log of a request of this client. Raises Problem."""
    services = services_of(request)
    log = services.stores.events.log(id_) if id_.isascii() and is_mine(request, id_) else None
    if log is None:
        raise unknown(id_, services)
    return log


def _prediction(request: web.Request, log: EventLog) -> Any:
    return prediction_of(log, root_of(request), request.app[PROOFS])


def _model_in(request: web.Request) -> str:
    """The name of the model in the path. Raises Problem."""
    name = f"{request.match_info['owner']}/{request.match_info['name']}"
    try:
        return msgspec.convert(name, Name)
    except msgspec.ValidationError:
        raise Problem("not-found", "There is no model of such a long name.") from None


def _input(parameters: CreateModelPredictionParameters, services: Services) -> ModelInput:
    """The input of the model, with Feedmill's own fields from beside it. Raises Problem."""
    http = services.config().http
    beside = {
        field.encode_name: value
        for field in msgspec.structs.fields(CallParameters)
        if field.encode_name in OWN and (value := getattr(parameters, field.name)) is not None
    }
    if parameters.webhook is None and parameters.webhook_completed is not None:
        beside["webhook"] = parameters.webhook_completed
    values = {**parameters.input, **beside}
    try:
        return convert(values, ModelInput, http)  # type: ignore[no-any-return] # as the type says
    except msgspec.ValidationError:
        raise refusal(checked(values, ModelInput, http)[1]) from None


def _cancel_after(request: web.Request) -> float | None:
    """The seconds in the header `Cancel-After`: `90`, `90s`, `1m30s`. Raises Problem."""
    text = request.headers.get(CANCEL_AFTER)
    if text is None:
        return None
    parts = re.fullmatch(DURATION, text, re.ASCII)
    if parts is None:
        raise refusal({CANCEL_AFTER: "Must be a duration such as 90s or 1m30s."})
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return float(3600 * hours + 60 * minutes + seconds)
