"""Input pictures: checked in a child process, and kept as long as the requests that have them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from aiohttp import web

from service.generators.pictures.received import PictureReader
from service.generators.protocol import INPUT_IMAGE, GenerationFailed
from service.http.api.submission.abilities import refuse_unable
from service.http.guards.access import caller, is_mine
from service.http.parameters.input_image import InputImage
from service.http.parameters.parse import refusal
from service.http.parameters.post_fields import picture_of
from service.http.problems import unavailable
from service.http.server.public_address import PUBLIC
from service.http.services import Services
from service.messages import PARTS, Models, Options, Tag
from service.store.media.home import Media
from service.store.media.names import INPUT_SUFFIX

WAITING = 16  # files that may wait to be checked; others are refused
UNUSABLE = "Must be a complete PNG, JPEG or WebP picture of at most 32 million pixels."
UNKNOWN = "There is no picture of this service at that address: name another one, or send the file."
OF_REQUEST = re.compile(r"/content/([^/?#]+)/image/?")


class InputPictures:
    """Checks files in a child process, one at a time."""

    def __init__(self, media: Media, max_bytes: int) -> None:
        self._media = media
        self._reader = PictureReader("picture", max_bytes)
        self._waiting = 0

    async def close(self, _: web.Application) -> None:
        """End the child process."""
        await self._reader.__aexit__(None, None, None)

    async def save(self, data: bytes) -> str:
        """The URI of a file that is a picture; it is kept until it is released. Raises Problem."""
        if self._waiting >= WAITING:
            raise unavailable("Too many pictures wait to be checked.", 1.0)
        self._waiting += 1
        try:
            picture = await self._reader.read(data)
        except (GenerationFailed, TimeoutError):
            raise refusal({INPUT_IMAGE: UNUSABLE}) from None
        finally:
            self._waiting -= 1
        return await self._media.save_input(picture.data, picture.media_type)


INPUT_PICTURES = web.AppKey("input pictures", InputPictures)


@contextlib.asynccontextmanager
async def with_input(
    request: web.Request,
    services: Services,
    tag: Tag,
    models: Models,
    image: InputImage,
    options: Options,
) -> AsyncIterator[Options]:
    """The options with an input picture, which is kept until the requests are stored.

    Raises Problem if the model takes none, if the file is none, or if there is none at the address.
    """
    if "image" not in PARTS[tag]:
        raise refusal({INPUT_IMAGE: "Texts are not made from pictures: leave it out."})
    refuse_unable(caller(request), services, tag, models, {INPUT_IMAGE: ""})
    media = services.stores.media
    if image.data:
        await asyncio.to_thread(str, image)  # its digest, which an Idempotency-Key needs
        uri = await request.app[INPUT_PICTURES].save(image.data)
        try:
            yield {**options, INPUT_IMAGE: uri}
        finally:
            media.release(uri)
        return
    uri = await _uri_at(request, services, image.address)
    async with media.kept(uri) as is_there:
        if not is_there:
            raise refusal({INPUT_IMAGE: UNKNOWN})
        yield {**options, INPUT_IMAGE: uri}


async def _uri_at(request: web.Request, services: Services, address: str) -> str:
    """The URI of the picture at an address: a public one, or the input of an own request."""
    public = request.app[PUBLIC]
    bases = (public.whole(request), public.root(request), public.path(request), "")
    if (uri := picture_of(address, bases)) is not None:
        return uri
    for base in bases:
        own = OF_REQUEST.fullmatch(address.removeprefix(base))
        if own and own[1].isascii() and await is_mine(request, own[1]):
            record = await services.stores.requests.record(own[1])
            if record is not None and INPUT_IMAGE in record.request.options:
                return str(record.request.options[INPUT_IMAGE])
    raise refusal({INPUT_IMAGE: UNKNOWN})


def input_address(id_: str, options: Options) -> str | None:
    """The address of a request's input picture, below the root of the service."""
    uri = options.get(INPUT_IMAGE)
    if uri is None:
        return None
    return f"/content/{id_}/image" if str(uri).endswith(f".{INPUT_SUFFIX}") else str(uri)
