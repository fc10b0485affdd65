"""`GET /`: the studio page for browsers, a welcome for other clients."""

from __future__ import annotations

import re

from aiohttp import web

from service.http.api.responses import WelcomeResponse, json_reply
from service.http.api.sample_posts import FIRST_VISIT
from service.http.negotiation import prefers_html
from service.http.server.static_files import FOLDER, PAGE_HEADERS, page_file
from service.http.services import services_of

WELCOME = "Welcome to Feedmill! POST a prompt and a tag to /content/ and see what comes of it."
VARIES = {"Vary": "Accept"}
SUFFIXES = "|".join(
    re.escape(file.name.removeprefix("studio."))
    for file in sorted(FOLDER.glob("studio.*"))
    if file.suffix != ".html"
)
"""Suffixes of the studio's files, as a pattern."""


async def get_studio(request: web.Request) -> web.StreamResponse:
    """The studio page, or a welcome."""
    request.app[FIRST_VISIT].fill(services_of(request))
    if prefers_html(request):
        return await page_file("studio.html").response(request, {**PAGE_HEADERS, **VARIES})
    return json_reply(WelcomeResponse(WELCOME), headers=VARIES)


async def to_root(request: web.Request) -> web.StreamResponse:
    """Redirect the service's path without a slash: relative addresses need the slash."""
    path = f"{request.rel_url.raw_path}/"
    return web.Response(
        status=308,
        headers={"Location": str(request.rel_url.with_path(path, encoded=True, keep_query=True))},
    )


async def studio_file(request: web.Request) -> web.StreamResponse:
    """The studio's style sheet, scripts and icon."""
    return await page_file(f"studio.{request.match_info['suffix']}").response(request)
