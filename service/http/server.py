"""The listening side: the address, the connections, and what surrounds every answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Iterator

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from service.http.origins import Origins
from service.http.problems import Problem, of_status, unavailable
from service.http.services import SERVICES
from service.http.traffic import count
from service.metrics import Metrics
from service.store.database import DatabaseAway

log = structlog.get_logger()

BACKLOG = 1024  # connections that may wait to be accepted
IDLE = 75.0  # seconds a connection may be idle, or take for the head of a request
LONGEST_CHARACTER = 12  # bytes of one character in a URL, as in %F0%9F%A6%8A
LONGEST_PATH = 2048  # characters; the router's time rises with the square of the slashes
LINE = 8192  # bytes of a request line besides the prompt

SAFETY = {
    "Server": "Feedmill",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
UNLESS_SAID = {
    "Cache-Control": "no-store",  # it changes, or belongs to somebody
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What a handler may decide otherwise."""
ORIGINS = web.AppKey("origins", Origins)
CLIENT_ERRORS = (HttpProcessingError, RequestPayloadError)
"""What aiohttp raises for a body that is not what its head says."""


def bind(host: str, port: int) -> socket.socket:
    """The address to listen on, taken before anything else is started; port 0 takes a free one.

    Raises OSError with a sentence that says which address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(f"{host}:{port} cannot be listened on ({error.strerror}).") from error


class Server:
    """Listens, and closes without cutting answers short."""

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
        # around the whole application and not a middleware, which would miss what the router and
        # `Expect` raise
        vitals = self._app[SERVICES].vitals
        vitals.connections = lambda: len(handlers.connections)
        handlers.request_handler = surrounded(
            handlers.request_handler, self._app[ORIGINS], vitals.metrics
        )
        self._handlers = handlers
        self._server = await loop.create_server(
            lambda: Connection(
                handlers,
                loop=loop,
                access_log=None,  # type: ignore[arg-type] # its own stub for "none"
                keepalive_timeout=IDLE,
                # the longest prompt that is allowed fits into a query
                max_line_size=LINE
                + LONGEST_CHARACTER * self._app[SERVICES].config().http.max_prompt,
            ),
            sock=address,
            backlog=BACKLOG,
        )
        host, port = address.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def stop(self, seconds: float) -> None:
        """Accept no more connections, let open requests end within `seconds`, close the rest.

        Who waits for news is sent away at once.
        """
        if self._server is not None:
            self._server.close()
        self._app[SERVICES].bulletin.close()
        if self._handlers is not None:
            self._handlers.pre_shutdown()  # connections that are only kept alive end now
            await self._handlers.shutdown(seconds)
        await self._runner.cleanup()


class Connection(web.RequestHandler):
    """One client's connection. What is not even HTTP is answered with a problem as well."""

    on_lost: Callable[[], object] | None = None

    def connection_lost(self, error: BaseException | None) -> None:
        super().connection_lost(error)
        if self.on_lost is not None:
            self.on_lost()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del request, message  # its words may hold what the client sent
        if status >= 500:  # noqa: PLR2004 - a defect, not a bad request
            log.error("connection failed", exc_info=exc)
        response = safe(of_status(status, "This is not a valid HTTP request."))
        response.force_close()
        return response

    def log_exception(self, *args: object, **details: object) -> None:
        """Log what is wrong here; what is wrong with a client is told to the client."""
        if not isinstance(details.get("exc_info"), CLIENT_ERRORS):
            super().log_exception(*args, **details)


@contextlib.contextmanager
def cancelled_if_left(request: web.Request) -> Iterator[None]:
    """Cancel this task when the client closes the connection.

    Other handlers go on to their end: what was accepted stays accepted.
    """
    task = asyncio.current_task()
    connection = request.protocol
    assert task is not None  # noqa: S101 - handlers run in tasks
    assert isinstance(connection, Connection)  # noqa: S101 - Server makes no others
    connection.on_lost = task.cancel
    try:
        yield
    finally:
        connection.on_lost = None


def surrounded(
    handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    origins: Origins,
    metrics: Metrics,
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """Make every error a problem, and every answer safe to show in a browser; count them."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        began = time.perf_counter()
        try:
            if len(request.rel_url.raw_path) > LONGEST_PATH:
                raise web.HTTPNotFound  # noqa: TRY301 - as the router would
            origins.check(request)
            response = await handle(request)
        except Problem as problem:
            response = problem.response()
        except DatabaseAway:
            sentence = "The database cannot be used just now; nothing was accepted."
            response = unavailable(sentence).response()
        except web.HTTPException as error:
            response = _of_aiohttp(request, error)
        except CLIENT_ERRORS:
            response = of_status(400, "The body cannot be read.")
        except Exception:
            if request.transport is None:  # the client has left, nobody reads this
                return of_status(400, "The connection was closed.")
            log.exception("handler failed", path=request.path, method=request.method)
            response = of_status(500, "Something went wrong here; it is in the log.")
        count(metrics, request, response, time.perf_counter() - began)
        if not response.prepared:
            origins.mark(request, safe(response))
        return response

    return answer


async def finish(request: web.Request, response: web.StreamResponse) -> None:
    """The same for answers that are sent bit by bit, before they leave."""
    if "X-Content-Type-Options" not in response.headers:
        request.app[ORIGINS].mark(request, safe(response))


def safe(response: web.StreamResponse) -> web.StreamResponse:
    """Add the headers that every answer carries."""
    headers = response.headers
    headers.update(SAFETY)
    for name, value in UNLESS_SAID.items():
        headers.setdefault(name, value)
    return response


def _of_aiohttp(request: web.BaseRequest, error: web.HTTPException) -> web.StreamResponse:
    headers = {}
    if isinstance(error, web.HTTPMethodNotAllowed):
        headers["Allow"] = ", ".join(sorted({*error.allowed_methods, "OPTIONS"}))
        if request.method == "OPTIONS":
            return web.Response(status=204, headers=headers)
    detail = {
        404: "There is nothing at this address.",
        405: "This method does not work here.",
        413: "The body is larger than this server takes.",
        417: "The expectation cannot be met.",
    }.get(error.status, "The request is not valid.")
    return of_status(error.status, detail, headers)
