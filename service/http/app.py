"""The web application: the routes, the API document and the page that explains the problems."""

from __future__ import annotations

import html
import re

import msgspec
from aiohttp import web

from service.http import home
from service.http.access import CALLER, Access, scope_of
from service.http.endpoint import Endpoint, Handler
from service.http.limiting import Limiter, is_limited
from service.http.openapi import document
from service.http.origins import Origins
from service.http.problems import KINDS, PAGE
from service.http.routes import ENDPOINTS
from service.http.server import ORIGINS, finish
from service.http.services import SERVICES, Services, services

IDS = "{id:(?!view/?$)[^{}/]+}"  # /content/view is an endpoint, not an id


def application(services: Services) -> web.Application:
    """The application that answers from `services`; `Server` makes its errors problems."""
    app = web.Application(client_max_size=services.config().http.max_body)
    app[SERVICES] = services
    app[home.FIRST_VISIT] = home.FirstVisit()
    access = Access(services.config, services.keys)
    app[ORIGINS] = Origins(services.config().http, access.asks_for_keys)
    app.on_response_prepare.append(finish)
    limiter = Limiter(services.config, services.rate_limits)
    for endpoint in ENDPOINTS:
        path = endpoint.path.replace("{id}", IDS)
        _add(app, endpoint.method, path, _guarded(endpoint, access, limiter))
    _add(app, "GET", "/openapi.json", _openapi)
    _add(app, "GET", PAGE, _problems)
    app.router.add_get("/studio.{suffix:css|js|svg}", home.studio_file)
    return app


def _guarded(endpoint: Endpoint, access: Access, limiter: Limiter) -> Handler:
    """The handler, for those who may ask, as often as they may."""
    scope, handler = scope_of(endpoint.path), endpoint.handler
    if scope is None:
        return handler

    async def guarded(request: web.Request) -> web.StreamResponse:
        request[CALLER] = access.admit(request, scope)
        return await handler(request)

    async def limited(request: web.Request) -> web.StreamResponse:
        who = request[CALLER] = access.admit(request, scope)
        return await limiter.through(request, who, handler)

    return limited if is_limited(endpoint) else guarded


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """Route a path, with and without a slash at its end."""
    for pattern in {path, path.rstrip("/") + "/"}:
        if method == "GET":
            app.router.add_get(pattern, handler)  # answers HEAD as well
        else:
            app.router.add_route(method, pattern, handler)


async def _openapi(request: web.Request) -> web.Response:
    """The API document; its limits are those in force."""
    served = services(request)
    described = document(ENDPOINTS, served.vitals.version, served.config().http)
    return web.Response(body=msgspec.json.encode(described), content_type="application/json")


async def _problems(_request: web.Request) -> web.Response:
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
        f"here.</p>{sections}</main></html>"
    )
    return web.Response(text=body, content_type="text/html", headers=home.PAGE_HEADERS)


def _code(text: str) -> str:
    return re.sub("`([^`]+)`", r"<code>\1</code>", text)
