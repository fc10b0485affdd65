"""`GET /engine`: the engine room, a page for operators. Its data comes from the API."""

from __future__ import annotations

import re

from aiohttp import web

from service.http.server.html_pages import page
from service.http.server.static_files import FOLDER, page_file

SUFFIXES = "|".join(
    re.escape(file.name.removeprefix("engine."))
    for file in sorted(FOLDER.glob("engine.*"))
    if file.suffix != ".html"
)
"""Suffixes of the page's files, as a pattern."""


async def get_engine_room(request: web.Request) -> web.StreamResponse:
    """The page; what it shows needs the scope `admin`."""
    return await page(request, "engine.html")


async def engine_file(request: web.Request) -> web.StreamResponse:
    """The page's style sheet and scripts."""
    return await page_file(f"engine.{request.match_info['suffix']}").response(request)
