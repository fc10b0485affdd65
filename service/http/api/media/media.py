"""`/media`: the pictures. Their addresses are digests of their content, so they never change."""

from __future__ import annotations

import asyncio
import math
import os
from pathlib import Path
from typing import BinaryIO

from aiohttp import web

from service.http.api.media import byte_ranges
from service.http.api.media.copies import PICTURE_COPIES, copy_of
from service.http.problems import Problem
from service.http.server.piecewise_writer import PIECE_BYTES
from service.http.services import services_of
from service.store.media.names import MEDIA_TYPES, PictureName

FOREVER = "public, max-age=31536000, immutable"
ELSEWHERE = {
    "Cache-Control": "private, max-age=600",  # less than a signed URL is valid
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Sec-Fetch-Site",
}


async def get_media(request: web.Request) -> web.StreamResponse:
    """One picture; the words before the suffix are only for people and are not checked."""
    digest = request.match_info["digest"]
    suffix = request.match_info["name"].rpartition(".")[2]
    copy = copy_of(request)
    media = services_of(request).stores.media
    if copy is None and request.headers.get("Sec-Fetch-Site") != "same-origin":
        # the service's own pages show pictures of this host only
        url = await media.elsewhere(digest, suffix)
        if url is not None:
            return web.Response(status=302, headers={**ELSEWHERE, "Location": url})
    path = await media.file(digest, suffix)
    if path is None:
        raise _not_found()
    tag = digest
    if copy is not None:
        made = await request.app[PICTURE_COPIES].get(PictureName(digest, suffix), copy)
        if made is not None:
            path, suffix, tag = made, copy.rpartition(".")[2], f"{digest}-{copy}"
    with await asyncio.to_thread(_opened, path) as file:
        stat = os.fstat(file.fileno())
        response = web.StreamResponse(
            headers={
                "Accept-Ranges": "bytes",
                "Cache-Control": FOREVER,
                "Content-Type": MEDIA_TYPES[suffix],
                "Cross-Origin-Resource-Policy": "cross-origin",  # any page may show it
                "ETag": f'"{tag}"',
            }
        )
        modified = math.ceil(stat.st_mtime)
        response.last_modified = modified
        _check_preconditions(request, tag, modified)
        if _is_known(request, tag, modified):
            response.set_status(304)
            return response
        part = byte_ranges.requested_range(request, f'"{tag}"', modified, stat.st_size)
        if part is None:
            part = range(stat.st_size)
        else:
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{stat.st_size}"
        response.content_length = len(part)
        if request.method != "HEAD":
            await response.prepare(request)
            await _send(response, file, part)
    return response


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError:
        raise _not_found() from None


async def _send(response: web.StreamResponse, file: BinaryIO, part: range) -> None:
    for start in range(part.start, part.stop, PIECE_BYTES):
        size = min(PIECE_BYTES, part.stop - start)
        await response.write(await asyncio.to_thread(os.pread, file.fileno(), size, start))


def _check_preconditions(request: web.Request, tag: str, modified: int) -> None:
    """Raises Problem if a precondition fails (RFC 9110, 13.1.1 and 13.1.4)."""
    if request.if_match is not None:
        holds = any(known.value in {"*", tag} and not known.is_weak for known in request.if_match)
    else:
        since = request.if_unmodified_since
        holds = since is None or modified <= since.timestamp()
    if not holds:
        raise Problem("precondition-failed", "The picture is not the one that the headers name.")


def _is_known(request: web.Request, tag: str, modified: int) -> bool:
    """Whether the client has the picture already (RFC 9110, 13.1.2 and 13.1.3)."""
    if request.if_none_match is not None:
        return any(known.value in {"*", tag} for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and modified <= since.timestamp()


def _not_found() -> Problem:
    return Problem("not-found", "There is no such picture.")
