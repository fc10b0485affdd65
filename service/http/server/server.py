"""The HTTP server: the listening socket, the connections, and the wrapper around every handler."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import structlog
from aiohttp import hdrs, web

from service.http.guards.connection_limits import LIMITS
from service.http.guards.cross_site import CrossSitePolicy
from service.http.problems import MEMBERS, Problem, of_status, unavailable
from service.http.server.byte_budget import ByteBudget
from service.http.server.connections import (
    CLIENT_ERRORS,
    Bounds,
    ChunksTooSmall,
    Connection,
    connection_of,
)
from service.http.server.json_response import JsonResponse
from service.http.server.problem_pages import negotiated
from service.http.server.public_address import PUBLIC, PublicAddress
from service.http.server.request_metrics import count
from service.http.server.security_headers import safe
from service.http.services import SERVICES, request_class
from service.store.errors import DatabaseUnavailable, MediaUnavailable, ReadRejected
from service.telemetry.metrics import Metrics

log = structlog.get_logger()

MAX_UNACCEPTED = 1024  # connections that may wait to be accepted
UNREAD_SECONDS = 60.0  # that an answer may stay unread before its connection is ended
MAX_CHARACTER_BYTES = 12  # of one character in a URL, as in %F0%9F%A6%8A
MAX_PATH_CHARACTERS = 2048  # the router's time rises with the square of the slashes
RETRY_READ_SECONDS = 5.0  # after a refused read: by then the waiting ones are done
HEAD_BYTES = 2**16  # of a whole head besides the prompt: cookies of all programs on one host name
UNSENT_BYTES = 2**17  # of an answer that the kernel buffers; its default is megabytes

CROSS_SITE = web.AppKey("origins", CrossSitePolicy)
ForeignErrors = Mapping[str, Callable[[web.Response], None]]
FOREIGN_ERRORS: web.AppKey[ForeignErrors] = web.AppKey("foreign errors")
"""How to write a problem for clients of another API, by the beginning of its paths."""

Answering = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def bind(host: str, port: int) -> socket.socket:
    """Bind the address before anything else is started; port 0 takes a free one.

    Raises OSError with a sentence that names the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=MAX_UNACCEPTED)
    except OSError as error:
        reason = str(error.strerror).partition(" (while")[0]  # the rest is the address again
        raise OSError(
            f"{netloc(host, port)} is not available ({reason}): choose another address with "
            "--set http.port=PORT or --set http.host=ADDRESS."
        ) from error
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux; every connection inherits it
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, int(UNREAD_SECONDS * 1000))
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # the same
    if option is not None:
        listening.setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)
    return listening


def netloc(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Server:
    """The listening server; its stop does not interrupt answers."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._runner = web.AppRunner(app, access_log=None)
        self._server: asyncio.Server | None = None
        self._handlers: web.Server | None = None

    async def start(self, address: socket.socket) -> str:
        """Listen; returns the base URL."""
        loop = asyncio.get_running_loop()
        await self._runner.setup()
        handlers = self._runner.server
        assert handlers is not None  # noqa: S101 - there after setup
        # around the whole application and not a middleware, which would miss errors of the router
        # and of `Expect`
        monitor = self._app[SERVICES].monitor
        monitor.connections = lambda: len(handlers.connections)
        public = self._app[PUBLIC]
        make_request = partial(
            request_class(self._app),
            loop=loop,
            client_max_size=self._app[SERVICES].config().http.max_body,
        )
        handlers.request_factory = public.below_path(make_request)
        handlers.request_handler = surrounded(
            routed(self._app, handlers.request_handler),
            self._app[CROSS_SITE],
            public,
            monitor.metrics,
            self._app[FOREIGN_ERRORS],
        )
        self._handlers = handlers
        bounds = self._bounds()
        self._server = await loop.create_server(
            lambda: Connection(bounds, handlers, loop=loop),
            sock=address,
            backlog=MAX_UNACCEPTED,
        )
        return f"http://{netloc(*address.getsockname()[:2])}"

    def _bounds(self) -> Bounds:
        config = self._app[SERVICES].config

        def max_head() -> int:
            # the longest prompt that is allowed fits into a query
            return HEAD_BYTES + MAX_CHARACTER_BYTES * config().http.max_prompt

        http = config().http
        return Bounds(
            self._app[LIMITS],
            ByteBudget("requests", max(http.max_incoming, 2 * http.max_body)),
            ByteBudget("answers", http.max_outgoing),
            max_head,
        )

    async def stop(self, seconds: float) -> None:
        """Accept no more connections, let open requests end within `seconds`, close the rest.

        Event streams are ended at once.
        """
        if self._server is not None:
            self._server.close()
        self._app[SERVICES].subscriptions.close()
        self._app[SERVICES].feed_subscriptions.close()
        if self._handlers is not None:
            self._handlers.pre_shutdown()  # ends idle keep-alive connections now
            await self._handlers.shutdown(seconds)
        await self._runner.cleanup()


def routed(app: web.Application, handle: Answering) -> Answering:
    """A handler that finds fixed paths in a dict and leaves the others to the router.

    The router makes an object for each request, and costs as much as most handlers.
    """
    fixed: dict[tuple[str, str], web.UrlMappingMatchInfo] = {}
    for route in app.router.routes():
        if isinstance(route.resource, web.PlainResource):
            match = web.UrlMappingMatchInfo({}, route)
            match.add_app(app)
            match.freeze()
            fixed.setdefault((route.method, route.resource.canonical), match)

    def answer(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
        path = request.rel_url.raw_path
        match = fixed.get((request.method, path))
        if match is None or hdrs.EXPECT in request.headers:
            if len(path) > MAX_PATH_CHARACTERS:
                raise web.HTTPNotFound  # as the router would
            return handle(request)
        mine: Any = request  # made by `request_class`
        mine._match_info = match  # noqa: SLF001 - as the application does
        return match.handler(mine)

    return answer


def surrounded(
    handle: Answering,
    origins: CrossSitePolicy,
    public: PublicAddress,
    metrics: Metrics,
    foreign_errors: ForeignErrors,
) -> Answering:
    """A handler that also turns errors into problems, adds safe headers, and counts answers."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            if origins.suspects(request):
                await origins.check(request)
            response = await handle(request)
        except Problem as problem:
            response = problem.response()
        except (DatabaseUnavailable, MediaUnavailable) as error:
            response = _of_store(error)
        except web.HTTPException as error:
            response = _of_aiohttp(request, error)
        except CLIENT_ERRORS as error:
            _free(error)
            is_clear = isinstance(error, ChunksTooSmall)
            response = of_status(400, str(error) if is_clear else "The body cannot be read.")
        except Exception as error:
            if _has_left(request):  # the client does not read this
                _free(error)
                return of_status(400, "The connection was closed.")
            log.exception("handler failed", path=request.path, method=request.method)
            response = of_status(500, "Something went wrong here; it is in the log.")
        count(metrics, request, response, time.perf_counter() - began)
        connection: Any = request.protocol
        if (
            type(response) is JsonResponse
            and connection.between_requests
            and not connection.is_extra
            and not origins.marks
        ):
            return response  # nearly all: JSON is safe to show and already counted
        return _ended(request, response, origins, public, foreign_errors)

    return answer


def _in_foreign_form(
    request: web.BaseRequest,
    response: web.StreamResponse,
    foreign_errors: ForeignErrors,
) -> None:
    """Write a problem in the form of the API that the path belongs to."""
    if isinstance(response, web.Response) and MEMBERS in response:
        for beginning, write in foreign_errors.items():
            if request.rel_url.raw_path.startswith(beginning):
                write(response)


def _ended(
    request: web.BaseRequest,
    response: web.StreamResponse,
    origins: CrossSitePolicy,
    public: PublicAddress,
    foreign_errors: ForeignErrors,
) -> web.StreamResponse:
    """The final response; its connection frees what was counted for the request."""
    if type(response) is JsonResponse:
        origins.mark(request, response)
    elif not response.prepared:
        _in_foreign_form(request, response, foreign_errors)
        response = safe(negotiated(request, response, public))
        origins.mark(request, response)
    connection_of(request).before_answer(request, response)
    return response


def _has_left(request: web.BaseRequest) -> bool:
    """Whether the connection is closed, or about to be: writing to it fails already."""
    transport = request.transport
    return transport is None or transport.is_closing()


def _free(error: BaseException) -> None:
    """Free what the frames of an error hold: the received part of a body.

    The body's stream keeps its error: a reference cycle that Python would collect much later.
    """
    traceback.clear_frames(error.__traceback__)
    error.__traceback__ = None


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers that every answer has to a streamed one, before it is sent."""
    if "X-Content-Type-Options" not in response.headers:
        request.app[CROSS_SITE].mark(request, safe(response))


def _of_store(error: DatabaseUnavailable | MediaUnavailable) -> web.Response:
    if isinstance(error, MediaUnavailable):
        return unavailable("Pictures cannot be saved or read just now.").response()
    if isinstance(error, ReadRejected):
        return unavailable(str(error), RETRY_READ_SECONDS).response()
    return unavailable("The database cannot be used just now; nothing was accepted.").response()


def _of_aiohttp(request: web.BaseRequest, error: web.HTTPException) -> web.StreamResponse:
    headers = {}
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = ", ".join(sorted({*error.allowed_methods, "OPTIONS"}))
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=headers)
    detail = {
        404: "There is nothing at this address.",
        405: "This method does not work here.",
        413: "The body is larger than this server accepts.",
        417: "The expectation cannot be met.",
    }.get(error.status, "The request is not valid.")
    return of_status(error.status, detail, headers)
