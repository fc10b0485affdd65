"""Small copies of pictures: each made once, in a child process, and kept beside the picture."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta

from service.generators.pictures.received import PictureReader
from service.generators.protocol import GenerationFailed
from service.http.parameters.parse import Parameters, refusal
from service.store.media.home import Media
from service.store.media.names import SMALL_WIDTHS, PictureName

MAX_BYTES = 1 << 30  # of a picture: it was accepted before
WAITING = 32  # requests that may wait for a copy; others get the whole picture at once
WIDTHS = {str(width): width for width in SMALL_WIDTHS}


class GetMediaParameters(Parameters):
    """How wide; the whole picture without it. Other parameters are ignored."""

    width: Annotated[Literal[160, 320, 640] | None, Meta(description="Of a small copy.")] = None


def width_of(request: web.Request) -> int | None:
    """The width that a client asks for. Raises Problem for one that is not offered."""
    wanted = request.rel_url.query.get("width")
    if wanted is None:
        return None
    if wanted not in WIDTHS:
        raise refusal({"width": f"Must be one of {', '.join(WIDTHS)}."})
    return WIDTHS[wanted]


class SmallPictures:
    """Makes small copies, one at a time."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._reader = PictureReader("picture", MAX_BYTES)
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def close(self, _: web.Application) -> None:
        """End the child process."""
        await self._reader.__aexit__(None, None, None)

    async def get(self, picture: PictureName, width: int) -> Path | None:
        """The small copy; None where the whole picture is sent: it is no wider, or unreadable."""
        path = self._media.small(picture, width)
        if await asyncio.to_thread(path.is_file):
            return path
        original = await self._media.file(*picture)
        if original is None or self._waiting >= WAITING:
            return None
        self._waiting += 1
        try:
            async with self._turn:
                if await asyncio.to_thread(path.is_file):  # made for another client in between
                    return path
                data = await asyncio.to_thread(original.read_bytes)
                small = await self._reader.shrink(data, width)
                if small is None:
                    return None
                await asyncio.to_thread(self._media.save_small, picture, width, small)
                return path
        except (GenerationFailed, OSError):
            return None
        finally:
            self._waiting -= 1


SMALL_PICTURES = web.AppKey("small pictures", SmallPictures)
