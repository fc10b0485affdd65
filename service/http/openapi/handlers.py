"""Handlers of the API document, its page, and the page of problems."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from aiohttp import web

from service.config import HttpConfig
from service.http.endpoint import Endpoint
from service.http.server.html_pages import LOOK_HEADERS, look_of, page, way_to_root
from service.http.server.json_response import END
from service.http.server.problem_pages import problems_page
from service.http.server.public_address import PUBLIC
from service.http.server.static_files import PAGE_HEADERS, StaticText, page_file
from service.http.services import services_of


class Description:
    """The encoded API document, made again when the limits in force have changed."""

    def __init__(self, endpoints: Sequence[Endpoint], version: str) -> None:
        self._endpoints = endpoints
        self._version = version
        self._made_for: tuple[HttpConfig, str] | None = None
        self._text = StaticText(b"", "application/json")

    def text(self, limits: HttpConfig, path: str) -> StaticText:
        """The document with these limits, of a service with this path prefix, as JSON."""
        if self._made_for != (limits, path):
            # its examples and descriptions take as long to load as to write
            from service.http.openapi.document import document  # noqa: PLC0415

            content = document(self._endpoints, self._version, limits, path)
            self._text = StaticText(msgspec.json.encode(content) + END, "application/json")
            self._made_for = limits, path
        return self._text


DESCRIPTION = web.AppKey("description", Description)


async def get_openapi_document(request: web.Request) -> web.StreamResponse:
    """The API document (OpenAPI 3.1); its limits are those in force."""
    limits, path = services_of(request).config().http, request.app[PUBLIC].path(request)
    text = request.app[DESCRIPTION].text(limits, path)
    return await text.response(request, {"Cache-Control": "no-cache"})


async def get_api_reference(request: web.Request) -> web.StreamResponse:
    """A page for people, made from the API document."""
    return await page(request, "docs.html")


async def docs_file(request: web.Request) -> web.StreamResponse:
    """The page's style sheet and script."""
    return await page_file(f"docs.{request.match_info['suffix']}").response(request)


async def get_problems_page(request: web.Request) -> web.StreamResponse:
    """The page that the `type` of every problem links to."""
    text = problems_page(look_of(request), way_to_root(request))
    return await text.response(request, {**PAGE_HEADERS, **LOOK_HEADERS})
