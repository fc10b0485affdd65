"""`/worker`: one generation at once, for other Feedmill processes that use this one's pool."""

from __future__ import annotations

import asyncio
import random

from aiohttp import web

from service.http.api.responses import Image, Text, reply
from service.http.parameters.parse import Parameters, parameters
from service.http.parameters.types import (
    SEED_BITS,
    MaxTokens,
    Prompt,
    Seed,
    Size,
    Temperature,
    set_options,
)
from service.http.problems import Problem, unavailable
from service.http.server.connections import cancelled_if_left
from service.http.services import services
from service.messages import WANTED, Failed, Generated, Kind, Options, new_id


class TextWish(Parameters, rename=None):
    """A text to generate at once."""

    prompt: Prompt
    seed: Seed | None = None
    instagram: bool = False
    max_tokens: MaxTokens | None = None
    temperature: Temperature | None = None

    def options(self) -> Options:
        """What the generator is asked for besides the prompt."""
        return set_options(max_tokens=self.max_tokens, temperature=self.temperature)


class ImageWish(Parameters, rename=None):
    """A picture to generate at once."""

    prompt: Prompt
    seed: Seed | None = None
    instagram: bool = False
    size: Size | None = None

    def options(self) -> Options:
        """What the generator is asked for besides the prompt."""
        return set_options(size=self.size)


async def text(request: web.Request) -> web.StreamResponse:
    """Generate one text on this machine's pool."""
    wish = await parameters(request, TextWish)
    made = await _generate(request, "text", wish)
    return reply(Text(made.text or "", made.origin.model))


async def image(request: web.Request) -> web.StreamResponse:
    """Generate one picture on this machine's pool."""
    wish = await parameters(request, ImageWish)
    made = await _generate(request, "image", wish)
    origin = made.origin
    uri = made.image_uri or ""
    return reply(Image(uri, origin.model, origin.width, origin.height, list(origin.missing)))


async def _generate(request: web.Request, kind: Kind, wish: TextWish | ImageWish) -> Generated:
    seed = random.getrandbits(SEED_BITS) if wish.seed is None else wish.seed
    wanted = WANTED[kind](
        new_id(), str(wish.prompt), seed, instagram=wish.instagram, options=wish.options()
    )
    with cancelled_if_left(request):
        try:
            outcome = await services(request).generate[kind](wanted)
        except asyncio.CancelledError:
            if request.transport is None:
                raise
            raise unavailable("The server is stopping.") from None
    if isinstance(outcome, Failed):
        if outcome.retryable:
            raise unavailable(outcome.reason, outcome.retry_after or 1.0)
        raise Problem("generation-failed", outcome.reason)
    return outcome
