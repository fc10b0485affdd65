"""The files of pictures as base64."""

from __future__ import annotations

import asyncio
import base64

from service.generators.picture_conversion import converted
from service.generators.protocol import GenerationFailed
from service.http.problems import Problem
from service.http.services import Services
from service.store.media import ADDRESS, MEDIA_TYPES


async def picture_as_base64(services: Services, uri: str, media_type: str) -> str:
    """A picture of this service in a format. Raises Problem."""
    data = await _picture(services, uri, media_type)
    return await asyncio.to_thread(_base64, data)


async def _picture(services: Services, uri: str, media_type: str) -> bytes:
    """The bytes of a picture of this service in a format. Raises Problem."""
    address = ADDRESS.fullmatch(uri)
    path = services.stores.media.path(address[1], address[2]) if address else None
    if address is None or path is None:
        raise Problem("gone", "The picture was removed.")
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError:
        raise Problem("gone", "The picture was removed.") from None
    if MEDIA_TYPES[address[2]] == media_type:
        return data
    try:
        return await converted(data, media_type)
    except GenerationFailed as failure:
        raise Problem("generation-failed", str(failure)) from failure


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
