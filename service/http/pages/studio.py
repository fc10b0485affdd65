"""`GET /`: the studio page for browsers, a welcome for other clients. `GET /gallery`."""

from __future__ import annotations

import re
from functools import cache

from aiohttp import web

from service.config import Config
from service.http.api.feeds.sample_posts import FIRST_VISIT
from service.http.api.responses import WelcomeResponse, json_reply
from service.http.negotiation import prefers_html
from service.http.server.html_pages import (
    CONTENT_TYPE,
    LOOK_HEADERS,
    Look,
    look_of,
    page,
    prose,
    template,
    word,
)
from service.http.server.static_files import FOLDER, PAGE_HEADERS, StaticText, page_file
from service.http.services import services_of

WELCOME = "Welcome to Feedmill! POST a prompt and a tag to /content/ and see what comes of it."
MAKERS = (
    '<details class="makers"><summary>{} <span class="link">{}</span></summary><p>{}</p></details>'
)
VARIES = {"Vary": "Accept"}
PAGE_VARIES = {"Vary": f"Accept, {LOOK_HEADERS['Vary']}"}
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
        text = studio_page(makers(services_of(request).config()), look_of(request))
        return await text.response(request, {**PAGE_HEADERS, **PAGE_VARIES})
    return json_reply(WelcomeResponse(WELCOME), headers=VARIES)


async def get_gallery(request: web.Request) -> web.StreamResponse:
    """The page with all requests of a key."""
    return await page(request, "gallery.html")


def makers(config: Config) -> str:
    """The name of a sentence about the bundled generators in use; else empty."""
    text = config.settings["text"].get("local")
    writes = config.text.generator == "local" and getattr(text, "model", "") == "bundled"
    draws = config.image.generator == "illustrator"
    match writes, draws:
        case True, True:
            return "studio.makers.both"
        case True, False:
            return "studio.makers.writes"
        case False, True:
            return "studio.makers.draws"
    return ""


@cache
def studio_page(sentence: str, look: Look) -> StaticText:
    """The page, with one quiet line about the generators in use and how to change them."""
    names = (sentence, "studio.makers.change", "studio.makers.how")
    line = MAKERS.format(*(prose(word(look, name)) for name in names)) if sentence else ""
    text = template("studio.html", look).replace("<!-- makers -->", line)
    return StaticText(text.encode(), CONTENT_TYPE)


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
