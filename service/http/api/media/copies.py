"""Copies of pictures, small or in another format, made once in a child and kept beside them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta

from service.generators.pictures.conversion import converted
from service.generators.pictures.received import PictureReader
from service.generators.protocol import GenerationFailed
from service.http.parameters.parse import Parameters, refusal
from service.http.problems import Problem, unavailable
from service.store.media.home import Media
from service.store.media.names import COPY_FORMATS, MEDIA_TYPES, SMALL_WIDTHS, PictureName

MAX_BYTES = 1 << 30  # of a picture: it was accepted before
WAITING = 32  # requests that may wait for a copy of one sort
WIDTHS = {str(width): f"{width}.webp" for width in SMALL_WIDTHS}


class GetMediaParameters(Parameters):
    """A copy; the picture as it was drawn without them. Other parameters are ignored."""

    width: Annotated[Literal[160, 320, 640] | None, Meta(description="Of a small copy.")] = None
    format: Annotated[
        Literal["png", "jpeg", "webp"] | None, Meta(description="Of a copy as large as it is.")
    ] = None


def copy_of(request: web.Request) -> str | None:
    """The name of the copy that a client asks for, as in `Media.copy`. Raises Problem."""
    query = request.rel_url.query
    width, form = query.get("width"), query.get("format")
    if width is not None and width not in WIDTHS:
        raise refusal({"width": f"Must be one of {', '.join(WIDTHS)}."})
    if form is not None and form not in COPY_FORMATS:
        raise refusal({"format": f"Must be one of {', '.join(COPY_FORMATS)}."})
    if width and form:
        raise refusal({"format": "Small copies are WebP: send either a width or a format."})
    return WIDTHS[width] if width else COPY_FORMATS[form] if form else None


class _Turns:
    """Requests that wait for copies of one sort."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.waiting = 0


class PictureCopies:
    """Makes copies: one small one and one in another format at a time."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._reader = PictureReader("picture", MAX_BYTES)
        self._small, self._formats = _Turns(), _Turns()  # a format takes ten times as long

    async def close(self, _: web.Application) -> None:
        """End the child process."""
        await self._reader.__aexit__(None, None, None)

    async def get(self, picture: PictureName, name: str) -> Path | None:
        """A copy; None where the picture itself is sent, which is that already.

        A small copy that cannot be made now is the picture itself, too. Raises Problem for one in
        another format.
        """
        width, _, suffix = name.rpartition(".")
        if not width and suffix == picture.suffix:
            return None
        try:
            if width:
                return await self._kept(
                    picture, name, self._small, lambda data: self._reader.shrink(data, int(width))
                )
            return await self._kept(
                picture, name, self._formats, lambda data: converted(data, MEDIA_TYPES[suffix])
            )
        except GenerationFailed as failure:
            if width:
                return None
            raise Problem("unavailable", str(failure)) from failure
        except FileNotFoundError:
            return None  # nor is there the picture
        except (OSError, _TooMany):
            if width:
                return None
            raise unavailable("The picture cannot be converted just now.") from None

    async def _kept(
        self,
        picture: PictureName,
        name: str,
        turns: _Turns,
        make: Callable[[bytes], Awaitable[bytes | None]],
    ) -> Path | None:
        """A copy that is made if it is not there; None if it would be the picture itself."""
        path = self._media.copy(picture, name)
        if await asyncio.to_thread(path.is_file):
            return path
        original = await self._media.file(*picture)
        if original is None:
            return None
        if turns.waiting >= WAITING:
            raise _TooMany
        turns.waiting += 1
        try:
            async with turns.turn:
                if await asyncio.to_thread(path.is_file):  # made for another client in between
                    return path
                copy = await make(await asyncio.to_thread(original.read_bytes))
                if copy is None:
                    return None
                await asyncio.to_thread(self._media.save_copy, picture, name, copy)
                return path
        finally:
            turns.waiting -= 1


class _TooMany(Exception):
    """Too many clients wait for copies."""


PICTURE_COPIES = web.AppKey("copies of pictures", PictureCopies)
