"""What the service says of itself: the API document, the page for it, and that of the problems."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import msgspec
from aiohttp import web

from service.config import HttpConfig
from service.http.endpoint import Endpoint
from service.http.openapi.document import document
from service.http.pages import studio
from service.http.problems import KINDS
from service.http.services import services_of


class Description:
    """The API document as it is sent: made anew when the limits in force have changed."""

    def __init__(self, endpoints: Sequence[Endpoint], version: str) -> None:
        self._endpoints = endpoints
        self._version = version
        self._limits: HttpConfig | None = None
        self._body = b""

    def body(self, limits: HttpConfig) -> bytes:
        """The document under these limits, as JSON."""
        if self._limits is not limits:
            described = document(self._endpoints, self._version, limits)
            self._body = msgspec.json.encode(described) + b"\n"
            self._limits = limits
        return self._body


DESCRIPTION = web.AppKey("description", Description)


async def get_openapi_document(request: web.Request) -> web.Response:
    """The API document (OpenAPI 3.1); its limits are those in force."""
    body = request.app[DESCRIPTION].body(services_of(request).config().http)
    return web.Response(body=body, content_type="application/json")


async def get_api_reference(_request: web.Request) -> web.Response:
    """A page for people, made from the API document."""
    return studio.page("docs.html")


async def docs_file(request: web.Request) -> web.Response:
    """Its style sheet and script."""
    return studio.page(f"docs.{request.match_info['suffix']}")


async def get_problems_page(_request: web.Request) -> web.Response:
    """The page that the `type` of every problem links to."""
    sections = "".join(
        f'<section id="{kind.slug}"><h2>{kind.title} <small>{kind.status}</small></h2>'
        f"<p>{_code(html.escape(kind.help))}</p></section>"
        for kind in KINDS.values()
    )
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Feedmill: problems</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/studio.svg">'
        '<link rel="stylesheet" href="/studio.css"><main class="text"><h1>Problems</h1>'
        "<p>Every error is <code>application/problem+json</code>; its <code>type</code> links "
        f'here. <a href="/docs">The whole API</a>.</p>{sections}</main></html>'
    )
    return web.Response(text=body, content_type="text/html", headers=studio.PAGE_HEADERS)


def _code(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", text)
