"""`/worker`: one generation that bypasses the queue, for other Feedmill processes."""

from __future__ import annotations

import asyncio
import random
from typing import ClassVar

from aiohttp import web

from service.generators.elsewhere import NO_WORKERS
from service.http.api.responses import GeneratedImageResponse, GeneratedTextResponse, json_reply
from service.http.api.submission.abilities import refuse_unable
from service.http.api.submission.input_pictures import with_input
from service.http.api.submission.model_choice import chosen_models
from service.http.guards.access import ANOTHER_SERVICE, caller
from service.http.guards.rate_limiting import networks, site
from service.http.parameters.input_image import InputImage
from service.http.parameters.model_choice import ModelChoice, names_of
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.types import (
    SEED_BITS,
    Chat,
    MaxTokens,
    Prompt,
    Seed,
    Size,
    Style,
    Temperature,
    set_options,
)
from service.http.problems import Problem, unavailable
from service.http.server.connections import cancelled_if_left
from service.http.server.public_address import address
from service.http.services import Services, services_of
from service.messages import WANTED, Failed, Generated, Kind, Models, Options, client_of
from service.request_ids import new_id


class GenerateTextParameters(Parameters, rename=None):
    """A text to generate at once."""

    prompt: Prompt
    seed: Seed | None = None
    instagram: bool = False
    max_tokens: MaxTokens | None = None
    temperature: Temperature | None = None
    chat: Chat | None = None
    model: ModelChoice | None = None

    def options(self) -> Options:
        """What the generator is asked for besides the prompt."""
        return set_options(max_tokens=self.max_tokens, temperature=self.temperature, chat=self.chat)


class GenerateImageParameters(Parameters, rename=None):
    """A picture to generate at once."""

    FILES: ClassVar = frozenset({"image"})

    prompt: Prompt
    seed: Seed | None = None
    instagram: bool = False
    size: Size | None = None
    style: Style | None = None
    model: ModelChoice | None = None
    image: InputImage | None = None

    def options(self) -> Options:
        """What the generator is asked for besides the prompt."""
        return set_options(size=self.size, style=self.style)


async def generate_text(request: web.Request) -> web.StreamResponse:
    """Generate one text on this machine's pool."""
    parameters = await parse_parameters(request, GenerateTextParameters)
    result = await _generate(request, "text", parameters)
    return json_reply(GeneratedTextResponse(result.text or "", result.origin.model))


async def generate_image(request: web.Request) -> web.StreamResponse:
    """Generate one picture on this machine's pool."""
    parameters = await parse_parameters(request, GenerateImageParameters)
    result = await _generate(request, "image", parameters)
    origin = result.origin
    uri = address(request, result.image_uri or "")
    return json_reply(
        GeneratedImageResponse(
            uri, origin.model, origin.width, origin.height, list(origin.missing), origin.alt
        )
    )


async def _generate(
    request: web.Request, kind: Kind, parameters: GenerateTextParameters | GenerateImageParameters
) -> Generated:
    services = services_of(request)
    if "worker" not in services.monitor.roles:
        raise unavailable(NO_WORKERS)
    models = chosen_models(caller(request), services, kind, names_of(parameters.model))
    options = parameters.options()
    refuse_unable(caller(request), services, kind, models, options)
    image = None if isinstance(parameters, GenerateTextParameters) else parameters.image
    if image is not None:
        async with with_input(request, services, kind, models, image, options) as more:
            return await _outcome(request, services, kind, parameters, models, more)
    return await _outcome(request, services, kind, parameters, models, options)


async def _outcome(
    request: web.Request,
    services: Services,
    kind: Kind,
    parameters: GenerateTextParameters | GenerateImageParameters,
    models: Models,
    options: Options,
) -> Generated:
    seed = random.getrandbits(SEED_BITS) if parameters.seed is None else parameters.seed
    wanted = WANTED[kind](
        new_id(),
        str(parameters.prompt),
        seed,
        instagram=parameters.instagram,
        options=options,
        client=_client(request, services),
        model=models.get(kind, ""),
    )
    _refuse_beyond_limit(wanted.client, wanted.model or kind, services)
    with cancelled_if_left(request):
        try:
            generate = services.generate.get(wanted.model or kind)
            if generate is None:
                raise unavailable("The model is being started.", 1.0)
            outcome = await generate(wanted)
        except asyncio.CancelledError:
            if request.transport is None:
                raise
            raise unavailable("The server is stopping.") from None
    if isinstance(outcome, Failed):
        if outcome.retryable:
            raise unavailable(outcome.reason, outcome.retry_after or 1.0)
        raise Problem("generation-failed", outcome.reason)
    return outcome


def _client(request: web.Request, services: Services) -> str:
    """The client of a direct call; "" for another service, which no limit holds for."""
    who = caller(request)
    if who is ANOTHER_SERVICE:
        return ""
    address = None if who.name else site(request, networks(services.config().http))
    return client_of(who.name, None, address)


def _refuse_beyond_limit(client: str, pool: str, services: Services) -> None:
    """Raises Problem if a client has as many generations at once as it may: it would not wait."""
    most, workers = services.config().limits.max_running, services.monitor.pools.get(pool)
    if not most or not client or workers is None or workers.running_of(client) < most:
        return
    retry_after = services.admission.retry_after_one([pool], 1)
    raise Problem(
        "rate-limited",
        f"This client has {most} running, and no more generations at once are allowed to each "
        "(max_running in [limits]); try again later.",
        headers={
            "Retry-After": str(retry_after),
            "RateLimit-Policy": f'"client-running";q={most}',
            "RateLimit": f'"client-running";r=0;t={retry_after}',
        },
    )
