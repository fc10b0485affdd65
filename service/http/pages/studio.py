"""`GET /`: the studio page for browsers, a welcome for other clients. `GET /gallery`."""

from __future__ import annotations

import re
from functools import cache

from aiohttp import web

from service.config import Config
from service.http.api.feeds.sample_posts import FIRST_VISIT
from service.http.api.responses import WelcomeResponse, json_reply
from service.http.negotiation import prefers_html
from service.http.server.problem_pages import way_to_root
from service.http.server.static_files import FOLDER, PAGE_HEADERS, StaticText, page_file
from service.http.services import services_of

WELCOME = "Welcome to Feedmill! POST a prompt and a tag to /content/ and see what comes of it."
MAKERS = """<details class="makers">
      <summary>{} <span class="link">How to change that</span></summary>
      <p>Set <code>text.generator</code> and <code>image.generator</code> in
        <code>config.local.toml</code> to <code>openai</code> (any server with that API),
        <code>remote</code> (another Feedmill), a plug-in or a class of your own, for pictures
        also to <code>comfyui</code>, and start again.
        <code>docs/generators.md</code> has the settings for each.</p>
    </details>"""
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
        page = studio_page(makers(services_of(request).config()))
        return await page.response(request, {**PAGE_HEADERS, **VARIES})
    return json_reply(WelcomeResponse(WELCOME), headers=VARIES)


async def get_gallery(request: web.Request) -> web.StreamResponse:
    """The page with all requests of a key."""
    return await page_file("gallery.html", way_to_root(request)).response(request)


def makers(config: Config) -> str:
    """The bundled generators in use, in one sentence; empty if others are configured."""
    text = config.settings["text"].get("local")
    writes = config.text.generator == "local" and getattr(text, "model", "") == "bundled"
    draws = config.image.generator == "illustrator"
    match writes, draws:
        case True, True:
            return "A small model writes and an illustrator draws, both on this machine."
        case True, False:
            return "A small model on this machine writes the texts."
        case False, True:
            return "An illustrator on this machine draws the pictures; it is no image model."
    return ""


@cache
def studio_page(sentence: str) -> StaticText:
    """The page, with one quiet line about the generators in use and how to change them."""
    page = page_file("studio.html")
    line = MAKERS.format(sentence) if sentence else ""
    body = page.body.replace(b"<!-- makers -->", line.encode())
    return StaticText(body, page.content_type)


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
