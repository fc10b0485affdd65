"""The queue of `/fal`: submit, state, result and cancel."""

from __future__ import annotations

import re
from urllib.parse import quote

import msgspec
from aiohttp import web

from service.http.api.responses import json_reply
from service.http.api.submission.synchronous import cancelled_at_exit, wait_for_ends
from service.http.calls.accepting import AnyParameters, accept_calls
from service.http.calls.kept import keep, root_of
from service.http.calls.model_input import ModelInput, options_of
from service.http.calls.model_names import named_model, tag_of
from service.http.calls.results import completed, log_of
from service.http.fal.errors import REQUEST_ID
from service.http.fal.shapes import (
    CancelRequestedResponse,
    KeptRun,
    in_queue,
    logs_of,
    queued_of,
    result_of,
)
from service.http.parameters.parse import parse_parameters, refusal
from service.http.parameters.types import Webhook
from service.http.problems import Problem
from service.http.services import services_of
from service.messages import PRIORITIES, Priority
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Request

PRIORITY = "X-Fal-Queue-Priority"
START_TIMEOUT = "X-Fal-Request-Timeout"
SECONDS = r"(?=.*[1-9])[0-9]{1,7}(\.[0-9]{1,6})?"
"""A start time-out as clients write it."""
NAMESPACES = {"workflows", "comfy"}  # that stand before the owner of an app
MAX_APP_CHARACTERS = 300


class SubmitFalRequestParameters(ModelInput, kw_only=True):
    """The input of an app."""

    fal_webhook: Webhook | None = None


class FalStatusParameters(AnyParameters):
    """Whether the answer has the log."""

    logs: str | bool | int | None = None

    @property
    def wants_logs(self) -> bool:
        """Whether the answer has the log: clients write `1` or `true`."""
        return str(self.logs).lower() in {"1", "true"}


async def submit_fal_request(request: web.Request, app: str | None = None) -> web.StreamResponse:
    """Submit the input of an app: the answer has the addresses of its state and its result.

    An app may have any name: `…/text` writes, `…/instagram` does both, others draw. The headers
    `X-Fal-Queue-Priority` and `X-Fal-Request-Timeout` (seconds in which it must begin) and the
    parameter `fal_webhook` are honoured.
    """
    stored = await _accept(request, app)
    state = in_queue(stored, root_of(request))
    return json_reply(state, headers={REQUEST_ID: stored.id})


async def run_fal_app(request: web.Request, app: str | None = None) -> web.StreamResponse:
    """Run an app and answer with its result; it is cancelled if the client leaves."""
    services = services_of(request)
    stored = await _accept(request, app)
    async with cancelled_at_exit(request, services, [stored.id]):
        [log] = completed(await wait_for_ends(services, [stored.id]))
    result = result_of(log.record, root_of(request))
    return json_reply(result, headers={REQUEST_ID: stored.id})


async def get_fal_status(request: web.Request, id_: str | None = None) -> web.StreamResponse:
    """The state of a request: its position while it waits; with `logs=1` what happened to it."""
    parameters = await parse_parameters(request, FalStatusParameters)
    log = await request_in(request, id_)
    position = 0
    if log.record.status == "queued":
        [place] = await services_of(request).positions.positions_of([log.record.waiting])
        position = place.position
    logs = logs_of(log.record, log.events) if parameters.wants_logs else []
    state = queued_of(log, root_of(request), position, logs)
    status = 200 if state.status == "COMPLETED" else 202
    return json_reply(state, status, {REQUEST_ID: log.record.request.id})


async def get_fal_result(request: web.Request, id_: str | None = None) -> web.StreamResponse:
    """The result of a completed request."""
    await parse_parameters(request, AnyParameters)
    log = await request_in(request, id_)
    if not log.final:
        raise refusal({"request": "It is not completed yet."})
    completed([log])
    result = result_of(log.record, root_of(request))
    return json_reply(result, headers={REQUEST_ID: log.record.request.id})


async def cancel_fal_request(request: web.Request, id_: str | None = None) -> web.StreamResponse:
    """Cancel a request; 400 if it is over."""
    await parse_parameters(request, AnyParameters)
    services, log = services_of(request), await request_in(request, id_)
    id_ = log.record.request.id
    ended = await services.stores.cancellation.cancel(id_)
    services.ends.follow(ended)
    headers = {REQUEST_ID: id_}
    if not ended.ids:
        sentence = "The request is over: there is nothing to cancel."
        raise Problem("invalid-request", sentence, more={"status": "ALREADY_COMPLETED"})
    return json_reply(CancelRequestedResponse(), 202, headers)


async def request_in(request: web.Request, id_: str | None) -> EventLog:
    """The log of the request in the path, or of this one. Raises Problem."""
    return await log_of(request, id_ or request.match_info["request"])


async def _accept(request: web.Request, app: str | None) -> Request:
    services = services_of(request)
    given = await parse_parameters(request, SubmitFalRequestParameters)
    app = (app or request.match_info["app"]).strip("/")
    if len(app) > MAX_APP_CHARACTERS:
        raise Problem("not-found", "There is no app of such a long name.")
    model = named_model(app, services.config())
    tag = model.kind if model else tag_of(app, "image")
    given = msgspec.structs.replace(
        given,
        priority=given.priority or _priority(request),
        start_by=given.start_by or _start_timeout(request),
        webhook=given.webhook or given.fal_webhook,
    )
    options = keep(
        options_of(given, tag, services.config().http),
        KeptRun(root=root_of(request), app=_named_in_addresses(app)),
    )
    [stored] = await accept_calls(request, services, given, tag, str(given.prompt), options, model)
    return stored


def _named_in_addresses(app: str) -> str:
    """The part of an app's name that its addresses have: without what follows the alias."""
    parts = app.split("/")
    longest = 3 if parts[0] in NAMESPACES else 2
    return quote("/".join(parts[:longest]), errors="replace")


def _priority(request: web.Request) -> Priority | None:
    wanted = request.headers.get(PRIORITY)
    if wanted == "normal":
        return None  # clients send it with every call, so it expresses no choice
    for priority in PRIORITIES:
        if wanted == priority:
            return priority
    if wanted is not None:
        raise refusal({PRIORITY: f"Must be one of {', '.join(PRIORITIES)}."})
    return None


def _start_timeout(request: web.Request) -> float | None:
    text = request.headers.get(START_TIMEOUT)
    if text is None:
        return None
    if not re.fullmatch(SECONDS, text, re.ASCII):
        raise refusal({START_TIMEOUT: "Must be a number of seconds, such as 90 or 1.5."})
    return float(text)
