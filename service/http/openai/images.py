"""`/v1/images`: pictures, made of a prompt or of another picture; inline or as addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, ClassVar, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from service import clock
from service.http.api.events.events import HEARTBEAT_SECONDS, send_events
from service.http.api.responses import json_reply
from service.http.api.submission.synchronous import cancelled_at_exit, wait_for_ends
from service.http.calls.accepting import accept_calls
from service.http.calls.following import KeyRevoked
from service.http.calls.model_input import Unsupported
from service.http.calls.pictures import in_format, picture_as_base64
from service.http.calls.results import completed, whole_address
from service.http.guards.key_revocation import OpenStream
from service.http.openai.calls import (
    AUTO,
    Background,
    OpenAIParameters,
    OutputFormat,
    size_option,
)
from service.http.openai.conversation import ModelName
from service.http.openai.errors import error_event
from service.http.openai.responses.parameters import keep_for_webhook
from service.http.openai.shapes import ImageListResponse, ImageResponse
from service.http.parameters.input_image import InputImage
from service.http.parameters.parse import parse_parameters, refusal
from service.http.parameters.types import Prompt
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.store.sql.events import EventLog

VARIATION = "A variation of this picture."
"""The prompt of a picture that is like another one."""


class ImageParameters(OpenAIParameters, kw_only=True):
    """How many pictures, and in which form."""

    model: ModelName = "image"
    n: Annotated[int, Meta(ge=1, le=10)] | None = None
    size: str | None = None
    response_format: Literal["b64_json", "url"] | None = None
    output_format: OutputFormat | None = None
    background: Background | None = None
    stream: bool | None = None


class CreateImageParameters(ImageParameters, kw_only=True):
    """Pictures to draw."""

    prompt: Prompt


class EditImageParameters(ImageParameters, kw_only=True):
    """A picture to change, and how."""

    FILES: ClassVar = frozenset({"image", "mask"})

    prompt: Prompt
    image: InputImage
    mask: Unsupported | None = None


class VaryImageParameters(ImageParameters, kw_only=True):
    """A picture to make others like."""

    FILES: ClassVar = frozenset({"image"})

    prompt: Prompt | None = None
    image: InputImage


async def create_image(request: web.Request) -> web.StreamResponse:
    """Draw pictures: each as base64 (`b64_json`, the default) or as the address of a file.

    They are ordinary requests with seeds that follow each other, accepted together or not at all,
    and cancelled if the client leaves. `output_format` is PNG unless it is another.
    """
    return await _answer(request, await parse_parameters(request, CreateImageParameters), None)


async def edit_image(request: web.Request) -> web.StreamResponse:
    """Make pictures from another one, with a prompt: `image` is a file of the form, or an address.

    The model has to have the ability `image`; otherwise as `POST /v1/images/generations`. One
    picture is taken, and no mask.
    """
    parameters = await parse_parameters(request, EditImageParameters)
    return await _answer(request, parameters, parameters.image)


async def vary_image(request: web.Request) -> web.StreamResponse:
    """Make pictures that are like another one: as `POST /v1/images/edits`, without a prompt."""
    parameters = await parse_parameters(request, VaryImageParameters)
    return await _answer(request, parameters, parameters.image)


async def _answer(
    request: web.Request,
    parameters: CreateImageParameters | EditImageParameters | VaryImageParameters,
    image: InputImage | None,
) -> web.StreamResponse:
    services = services_of(request)
    if parameters.background == "transparent":
        raise refusal({"background": "Pictures here are opaque: leave it out."})
    options = keep_for_webhook(
        size_option(parameters.size, services.config().http, "size"), parameters, parameters.model
    )
    model = services.config().named.get(parameters.model)
    prompt = str(parameters.prompt or VARIATION)
    requests = await accept_calls(
        request, services, parameters, "image", prompt, options, model, image
    )
    ids = [accepted.id for accepted in requests]
    async with cancelled_at_exit(request, services, ids):
        if parameters.stream:
            return await _stream(request, services, parameters, ids)
        images = await _images(request, services, parameters, ids)
    answer = ImageListResponse(int(requests[0].created_at), images)
    return json_reply(answer, headers={"x-request-id": ids[0]})


async def _stream(
    request: web.Request, services: Services, parameters: ImageParameters, ids: Sequence[str]
) -> web.StreamResponse:
    """The pictures as one event each, when all are drawn."""
    drawing = asyncio.create_task(_images(request, services, parameters, ids))

    async def batches(stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
        while not drawing.done() and not stream.over:
            yield []
            await asyncio.wait({drawing}, timeout=HEARTBEAT_SECONDS)
        if drawing.done():
            try:
                yield [_event(image, parameters) for image in drawing.result()]
            except Problem as problem:
                yield [error_event(problem)]
        else:
            yield [error_event(KeyRevoked())]

    try:
        return await send_events(
            request, batches, lambda: None, opening=b"", headers={"x-request-id": ids[0]}
        )
    finally:
        drawing.cancel()
        await asyncio.wait({drawing})


def _event(image: ImageResponse, parameters: ImageParameters) -> bytes:
    edited = isinstance(parameters, EditImageParameters)
    name = f"image_{'edit' if edited else 'generation'}.completed"
    data = {
        "type": name,
        "created_at": int(clock.now()),
        "output_format": parameters.output_format or "png",
        "size": parameters.size or AUTO,
        "quality": AUTO,
        "background": "opaque",
        **msgspec.to_builtins(image),
    }
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(data))


async def _images(
    request: web.Request, services: Services, parameters: ImageParameters, ids: Sequence[str]
) -> list[ImageResponse]:
    logs = completed(await wait_for_ends(services, ids))
    return [await _image(request, services, parameters, log) for log in logs]


async def _image(
    request: web.Request, services: Services, parameters: ImageParameters, log: EventLog
) -> ImageResponse:
    uri = next(part.image_uri for part in log.record.parts if part.image_uri)
    output_format = parameters.output_format or "png"
    media_type = f"image/{output_format}"
    if parameters.response_format == "url":
        return ImageResponse(url=whole_address(request, in_format(uri, output_format)))
    return ImageResponse(b64_json=await picture_as_base64(services, uri, media_type))
