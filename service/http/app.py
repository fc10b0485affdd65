"""The web application: the routes, with their access checks and rate limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from service.http.api.feeds.sample_posts import FIRST_VISIT, FirstVisit
from service.http.api.media.copies import PICTURE_COPIES, PictureCopies
from service.http.api.submission.input_pictures import INPUT_PICTURES, InputPictures
from service.http.endpoint import Endpoint
from service.http.fal import errors as fal_errors
from service.http.guards.access import ACCESS, ANYBODY, ANYONE, CALLER, Access, scope_of
from service.http.guards.connection_limits import LIMITS, ConnectionLimits
from service.http.guards.cross_site import CrossSitePolicy
from service.http.guards.feed_proof import FEED_PROOFS, FeedProofs
from service.http.guards.key_revocation import KEY_REVOCATION, KeyRevocation
from service.http.guards.rate_limiting import RateLimiter, is_limited
from service.http.guards.stream_proof import PROOFS, StreamProofs
from service.http.openai import errors as openai_errors
from service.http.openapi import handlers
from service.http.pages import engine, studio
from service.http.problems import Problem
from service.http.routes import ENDPOINTS
from service.http.server.public_address import PUBLIC, PublicAddress
from service.http.server.server import CROSS_SITE, FOREIGN_ERRORS, finish
from service.http.services import SERVICES, Services, services_of

HEALTH = {"/healthz", "/readyz"}
"""Endpoints that extra connections answer for every client."""
IDS = "{id:(?!(view|events)/?$)[^{}/]+}"  # these are endpoints below /content, not ids

OF_EVERY_ROLE = {*HEALTH, "/metrics", "/status", "/status/history"}
"""Endpoints that a process without the role `http` serves."""

APPS = "{app:(?!run(?:/|$))(?:(?!/requests/).)+}"  # fal's names have slashes in them


def application(services: Services) -> web.Application:
    """The application that answers from `services`; `Server` turns its errors into problems."""
    app = web.Application(client_max_size=services.config().http.max_body)
    app[SERVICES] = services
    app[FIRST_VISIT] = FirstVisit()
    app.on_cleanup.append(app[FIRST_VISIT].stop)
    app[handlers.DESCRIPTION] = handlers.Description(ENDPOINTS, services.monitor.version)
    app[PROOFS] = StreamProofs(services.webhook_keys, services.stores.requests.owner)
    app[FEED_PROOFS] = FeedProofs(
        services.webhook_keys, services.stores.feed_addresses.find, partial(_author_of, services)
    )
    keys = services.stores.api_keys
    access = app[ACCESS] = Access(services.config, keys, app[PROOFS], app[FEED_PROOFS])
    app[KEY_REVOCATION] = KeyRevocation(partial(_admit_again, access))
    app[PUBLIC] = public = PublicAddress(services.config().http)
    app[PICTURE_COPIES] = PictureCopies(services.stores.media)
    app.on_cleanup.append(app[PICTURE_COPIES].close)
    app[INPUT_PICTURES] = InputPictures(
        services.stores.media, services.config().http.largest_picture
    )
    app.on_cleanup.append(app[INPUT_PICTURES].close)
    app[CROSS_SITE] = CrossSitePolicy(services.config().http, access.asks_for_keys, public.host)
    app.on_response_prepare.append(finish)
    app[FOREIGN_ERRORS] = {
        openai_errors.PATHS: openai_errors.in_openai_form,
        fal_errors.PATHS: fal_errors.in_fal_form,
    }
    limiter = RateLimiter(services.config, services.stores.rate_limits)
    limits = app[LIMITS] = ConnectionLimits(services.config().http)

    def enter(request: web.Request, key: str | None) -> None:
        """Count the connection for the client of this request, unless it already is."""
        connection: Any = request.protocol
        if connection.key != key or connection.is_extra:
            limits.use(connection, limits.client_of(request, key), key)

    is_api = "http" in services.monitor.roles
    for each in ENDPOINTS:
        served = is_api or each.path in OF_EVERY_ROLE
        endpoint = each if served else replace(each, handler=_refuse_here)
        path = endpoint.path.replace("{id}", IDS).replace("{app}", APPS)
        _add(app, endpoint.method, path, _guarded(endpoint, access, limiter, enter))
    app.router.add_get(f"/studio.{{suffix:{studio.SUFFIXES}}}", studio.studio_file)
    app.router.add_get(f"/engine.{{suffix:{engine.SUFFIXES}}}", engine.engine_file)
    app.router.add_get(r"/docs.{suffix:css|js|schema\.js|try\.js}", handlers.docs_file)
    if services.config().http.path:
        app.router.add_get(services.config().http.path, studio.to_root)
    return app


async def _author_of(services: Services, id_: str) -> str | None:
    """The author of a post."""
    post = await services.stores.posts.get(id_)
    return None if post is None else post.author


async def _admit_again(access: Access, request: web.Request) -> None:
    """Check once more that a caller may follow what it follows. Raises Problem."""
    scope = scope_of(request.path)
    if scope is not None:
        await access.admit(request, scope)


def _guarded(
    endpoint: Endpoint, access: Access, limiter: RateLimiter, enter: Callable[..., None]
) -> Handler:
    """The handler behind its access check and rate limit."""
    found_scope, handler, is_public = scope_of(endpoint.path), endpoint.handler, endpoint.is_public
    if endpoint.path in HEALTH:
        return handler

    async def entered(request: web.Request) -> web.StreamResponse:
        enter(request, None)
        return await handler(request)

    if found_scope is None:
        return entered
    scope = found_scope

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = ANYONE if access.is_open(scope) else await access.admit(request, scope)
        request[CALLER] = who
        enter(request, who.name)
        return await handler(request)

    async def limited(request: web.Request) -> web.StreamResponse:
        who = ANYONE if access.is_open(scope) else await access.admit(request, scope)
        request[CALLER] = who
        enter(request, who.name)
        return await limiter.through(request, who, handler)

    async def public(request: web.Request) -> web.StreamResponse:
        if is_public is None or not is_public(services_of(request).config()):
            return await guarded(request)
        request[CALLER] = ANYBODY
        enter(request, None)
        return await handler(request)

    if is_limited(endpoint.method, endpoint.path):
        return limited
    return guarded if is_public is None else public


async def _refuse_here(request: web.Request) -> web.StreamResponse:
    roles = " and ".join(services_of(request).monitor.roles)
    raise Problem("other-role", f"This process has the role {roles}, and not http.")


def _add(app: web.Application, method: str, path: str, handler: Handler) -> None:
    """Route a path, with and without a slash at its end."""
    # in this order: the router tries them in turn, and the original API has the slash
    for pattern in dict.fromkeys((path.rstrip("/") + "/", path)):
        if method == "GET":
            app.router.add_get(pattern, handler, expect_handler=_check_expectation)  # HEAD as well
        else:
            app.router.add_route(method, pattern, handler, expect_handler=_check_expectation)


async def _check_expectation(request: web.Request) -> None:
    """Refuse unknown expectations; `100 Continue` is sent when the body is about to be read."""
    if request.headers["Expect"].lower() != "100-continue":
        raise web.HTTPExpectationFailed
