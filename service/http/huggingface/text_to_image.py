"""`POST /v1/text-to-image`: a prompt, answered with the picture itself."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from service.config import HttpConfig
from service.http.api.submission.synchronous import cancelled_at_exit, wait_for_ends
from service.http.calls.accepting import CallParameters, accept_calls
from service.http.calls.kept import Kept, keep, root_of
from service.http.calls.model_input import (
    ModelInput,
    options_of,
    read_model_input,
    with_own_fields,
)
from service.http.calls.model_names import named_model
from service.http.calls.pictures import picture_in
from service.http.calls.results import completed
from service.http.negotiation import header, preferred
from service.http.parameters.parse import parse_parameters
from service.http.parameters.types import Prompt
from service.http.services import services_of
from service.store.media.names import MEDIA_TYPES

OWN = {field.encode_name for field in msgspec.structs.fields(CallParameters)}
"""Feedmill's own fields, which may be beside the parameters or in them."""
ModelName = Annotated[str, Meta(max_length=200)]
FORMATS = sorted(set(MEDIA_TYPES.values()))


class DrawTextParameters(CallParameters, kw_only=True):
    """What to draw."""

    inputs: Prompt
    parameters: dict[str, Any] | None = None
    model: ModelName | None = None


async def draw_text(request: web.Request) -> web.StreamResponse:
    """Draw a picture and answer with its file, in the format that `Accept` names.

    `parameters` has `width`, `height`, `seed` and others. It is an ordinary request, and cancelled
    if the client leaves.
    """
    services = services_of(request)
    parameters = await parse_parameters(request, DrawTextParameters)
    given = _input(parameters, services.config().http)
    options = options_of(given, "image", services.config().http)
    if given.webhook is not None:  # this API has no webhooks: it is /content's
        options = keep(options, Kept("huggingface", root_of(request)))
    model = named_model(parameters.model or "", services.config())
    [stored] = await accept_calls(
        request, services, given, "image", str(given.prompt), options, model
    )
    async with cancelled_at_exit(request, services, [stored.id]):
        [log] = completed(await wait_for_ends(services, [stored.id]))
        uri = next(part.image_uri for part in log.record.parts if part.image_uri)
        data, media_type = await picture_in(services, uri, _wanted(request))
    return web.Response(body=data, content_type=media_type, headers={"x-request-id": stored.id})


def _input(parameters: DrawTextParameters, http: HttpConfig) -> ModelInput:
    """The input of the model. Raises Problem."""
    values = with_own_fields(parameters.parameters or {}, parameters, OWN)
    return read_model_input({**values, "prompt": parameters.inputs}, http, {"prompt": "inputs"})


def _wanted(request: web.Request) -> str | None:
    """The format that the client names and prefers; None for the one that was drawn."""
    accepted = header(request, "Accept").lower()
    named = [name for name in FORMATS if name in accepted]
    return preferred(accepted, named) if named else None
