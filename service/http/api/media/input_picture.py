"""`GET /content/{id}/image`: the picture that a request was made from."""

from __future__ import annotations

from aiohttp import web

from service.generators.protocol import INPUT_IMAGE
from service.http.api.content import unknown
from service.http.guards.access import is_visible
from service.http.problems import Problem
from service.http.services import services_of

PRIVATE = {"Cache-Control": "private, no-cache"}


async def get_input_picture(request: web.Request) -> web.StreamResponse:
    """The picture that a request was made from; it is private to the request's client."""
    services, id_ = services_of(request), request.match_info["id"]
    if not await is_visible(request, id_):
        raise unknown(id_, services)
    record = await services.stores.requests.record(id_)
    uri = None if record is None else record.request.options.get(INPUT_IMAGE)
    picture = None if uri is None else await services.stores.media.read(str(uri))
    if picture is None:
        raise Problem("not-found", "This request has no input picture.")
    return web.Response(body=picture[0], content_type=picture[1], headers=PRIVATE)
