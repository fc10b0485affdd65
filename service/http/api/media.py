"""`/media`: the pictures. They are named by their content, so they never change."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from service.http.problems import Problem
from service.http.services import services_of
from service.store.media import MEDIA_TYPES

FOREVER = "public, max-age=31536000, immutable"


async def get_media(request: web.Request) -> web.StreamResponse:
    """One picture; the words before its suffix are there for people, any will do."""
    suffix = request.match_info["name"].rpartition(".")[2]
    path = services_of(request).stores.media.path(request.match_info["digest"], suffix)
    if path is None or not path.is_file():
        raise Problem("not-found", "There is no such picture.")
    _check_range(request, path)
    headers = {
        "Cache-Control": FOREVER,
        "Content-Type": MEDIA_TYPES[suffix],
        "Cross-Origin-Resource-Policy": "cross-origin",  # any page may show it
    }
    return web.FileResponse(path, headers=headers)


def _check_range(request: web.Request, path: Path) -> None:
    """Refuse a range outside of the file, in words that FileResponse has not."""
    if "Range" not in request.headers:
        return
    size = path.stat().st_size
    try:
        beyond = (request.http_range.start or 0) >= size
    except ValueError:
        beyond = True
    if beyond:
        raise Problem(
            "range-not-satisfiable",
            f"The picture has {size} bytes.",
            headers={"Content-Range": f"bytes */{size}"},
        )
