"""`/v1/responses`: a text, or a caption and a picture, that may outlive its connection."""

from __future__ import annotations

import math

from aiohttp import web

from service.http.api.responses import json_reply
from service.http.api.submission.synchronous import (
    cancel_requests,
    cancelled_at_exit,
    wait_for_ends,
)
from service.http.calls.accepting import AnyParameters, accept_calls
from service.http.calls.results import completed, log_of
from service.http.openai.conversation import prompt_of
from service.http.openai.responses.parameters import (
    CreateResponseParameters,
    GetResponseParameters,
    conversation,
    options_of,
    refuse_unsupported,
)
from service.http.openai.responses.record import PREFIX, begun, response_of
from service.http.openai.responses.stream import ResponseStream
from service.http.parameters.parse import parse_parameters, refusal
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.store.sql.events import EventLog
from service.store.sql.requests.request_records import Request

POLL_HEADER = "openai-poll-after-ms"
MAX_POLL_SECONDS = 10.0  # seconds between two looks of a client at most


async def create_response(request: web.Request) -> web.StreamResponse:
    """Answer an input, at once, as a stream, or in the background.

    In the background the request continues without its client, also over a restart:
    `GET /v1/responses/{id}` reads it, and resumes its stream. Otherwise it is cancelled if the
    client leaves. The tool `image_generation` adds a picture to the text.
    """
    services = services_of(request)
    parameters = await parse_parameters(request, CreateResponseParameters)
    if parameters.n not in {None, 1}:
        raise refusal({"n": "A response has one output: leave it out."})
    model = services.config().named.get(parameters.model)
    tag = model.kind if model and not parameters.usable_tools else parameters.tag
    refuse_unsupported(parameters)
    turns = conversation(parameters, services.config().http.max_prompt)
    options = options_of(parameters, turns, services.config().http)
    [stored] = await accept_calls(
        request, services, parameters, tag, prompt_of(turns), options, model
    )
    headers = {"x-request-id": stored.id}
    if parameters.background:
        if parameters.stream:
            return await _background_stream(request, services, stored)
        return json_reply(begun(stored), headers=headers)
    async with cancelled_at_exit(request, services, [stored.id]):
        if parameters.stream:
            return await ResponseStream(request, services, stored).send()
        [log] = completed(await wait_for_ends(services, [stored.id]))
    return json_reply(await response_of(services, log), headers=headers)


async def _background_stream(
    request: web.Request, services: Services, stored: Request
) -> web.StreamResponse:
    try:
        return await ResponseStream(request, services, stored).send()
    except Problem:  # the stream was refused: its client does not know the request, and asks again
        await cancel_requests(request, services, [stored.id])
        raise


async def get_response(request: web.Request) -> web.StreamResponse:
    """A response as it is now, or with `stream=true` its events after `starting_after`."""
    parameters = await parse_parameters(request, GetResponseParameters)
    services = services_of(request)
    log = await _log(request)
    stored = log.record.request
    if parameters.stream:
        return await ResponseStream(request, services, stored, parameters.starting_after).send()
    headers = {"x-request-id": stored.id}
    if log.record.status == "queued":
        [place] = await services.positions.positions_of([log.record.waiting])
        seconds = min(MAX_POLL_SECONDS, max(0.5, place.eta or 1.0))
        headers[POLL_HEADER] = str(math.ceil(seconds * 1000))
    return json_reply(await response_of(services, log), headers=headers)


async def cancel_response(request: web.Request) -> web.StreamResponse:
    """Cancel a response; one that is final stays as it is."""
    await parse_parameters(request, AnyParameters)
    services = services_of(request)
    stored = (await _log(request)).record.request
    services.ends.follow(await services.stores.cancellation.cancel(stored.id))
    return json_reply(
        await response_of(services, await _log(request)), headers={"x-request-id": stored.id}
    )


async def _log(request: web.Request) -> EventLog:
    """The log of the response in the path. Raises Problem."""
    return await log_of(request, request.match_info["response"].removeprefix(PREFIX))
