"""`/worker`: one generation at once, for other Feedmill processes that use this one's pool."""

from __future__ import annotations

import asyncio
import hmac
import os
import secrets
from ipaddress import ip_address

from aiohttp import web

from service.http.fields import (
    LARGEST_SEED,
    MaxTokens,
    Prompt,
    Seed,
    Size,
    Temperature,
    set_options,
)
from service.http.parameters import Parameters, parameters
from service.http.problems import Problem, unavailable
from service.http.replies import Image, Text, reply
from service.http.server import cancelled_if_left
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


async def text(request: web.Request) -> web.Response:
    """Generate one text on this machine's pool."""
    _check_token(request)
    wish = await parameters(request, TextWish)
    made = await _generate(request, "text", wish)
    return reply(Text(made.text or "", made.origin.model))


async def image(request: web.Request) -> web.Response:
    """Generate one picture on this machine's pool."""
    _check_token(request)
    wish = await parameters(request, ImageWish)
    made = await _generate(request, "image", wish)
    origin = made.origin
    uri = made.image_uri or ""
    return reply(Image(uri, origin.model, origin.width, origin.height, list(origin.missing)))


async def _generate(request: web.Request, kind: Kind, wish: TextWish | ImageWish) -> Generated:
    seed = secrets.randbelow(LARGEST_SEED) if wish.seed is None else wish.seed
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


def _check_token(request: web.Request) -> None:
    """Let in who has the internal token; without one set, only a server bound to loopback."""
    http = services(request).config().http
    token = os.environ.get(http.internal_token_env, "")
    if not token:
        if not is_loopback(http.host):
            raise Problem("forbidden", "Internal endpoints are closed: no internal token is set.")
        return
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    right = hmac.compare_digest(sent.strip().encode(errors="replace"), token.encode())
    if scheme.lower() != "bearer" or not right:
        raise Problem(
            "unauthorized",
            "The internal token is missing or wrong.",
            headers={"WWW-Authenticate": 'Bearer realm="internal"'},
        )


def is_loopback(host: str) -> bool:
    """Whether an address to bind to is reached from this machine only."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
