"""Pictures in the formats that clients ask for: as base64, as bytes, or their addresses."""

from __future__ import annotations

import asyncio
import base64

from service.generators.pictures.conversion import converted
from service.generators.protocol import GenerationFailed
from service.http.problems import Problem
from service.http.services import Services
from service.store.media.names import ADDRESS, COPY_FORMATS, MEDIA_TYPES


def in_format(uri: str, form: str) -> str:
    """The address of a picture in a format, one of COPY_FORMATS."""
    drawn = uri.rpartition(".")[2] == COPY_FORMATS[form]
    return uri if drawn else f"{uri}?format={form}"


async def picture_as_base64(services: Services, uri: str, media_type: str) -> str:
    """A picture of this service in a format. Raises Problem."""
    data, _ = await picture_in(services, uri, media_type)
    return await asyncio.to_thread(_base64, data)


async def picture_in(
    services: Services, uri: str, media_type: str | None = None
) -> tuple[bytes, str]:
    """The bytes of a picture of this service, as drawn or in a format. Raises Problem."""
    address = ADDRESS.fullmatch(uri)
    path = await services.stores.media.file(address[1], address[2]) if address else None
    if address is None or path is None:
        raise Problem("gone", "The picture was removed.")
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError:
        raise Problem("gone", "The picture was removed.") from None
    drawn = MEDIA_TYPES[address[2]]
    if media_type in {None, drawn}:
        return data, drawn
    try:
        return await converted(data, str(media_type)), str(media_type)
    except GenerationFailed as failure:
        raise Problem("generation-failed", str(failure)) from failure


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
