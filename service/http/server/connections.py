"""Connections: how many there may be, how long one may be silent, and what is no HTTP at all."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from service.http.problems import of_status
from service.http.server.security_headers import safe

log = structlog.get_logger()

IDLE_SECONDS = 75.0  # seconds a connection may be idle; longer than proxies keep theirs
HEAD_SECONDS = 20.0  # seconds from the first byte of a head to its last
SPARE_FILES = 200  # for all that is not a connection: SQLite, Redis, pictures, child processes
REMINDER_SECONDS = 60.0  # seconds between two lines in the log about the same trouble

CLIENT_ERRORS = (HttpProcessingError, RequestPayloadError)
"""What aiohttp raises for a body that is not what its head says."""


class Connections:
    """All that are open. When there are too many, the one that was idle for longest has to go."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Connection, None] = {}
        self._told = -REMINDER_SECONDS

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> None:
        """Take one more, and close another one for it if there are too many."""
        self._open[connection] = None
        if len(self._open) > self._most:
            self._make_place()

    def remove(self, connection: Connection) -> None:
        """It is closed."""
        self._open.pop(connection, None)

    def _make_place(self) -> None:
        now = time.monotonic()
        if now - self._told > REMINDER_SECONDS:
            self._told = now
            log.warning("too many connections, idle ones are closed", most=self._most)
        for _ in range(len(self._open)):
            oldest = next(iter(self._open))
            del self._open[oldest]
            if oldest.is_idle():
                oldest.force_close()
                return
            self._open[oldest] = None  # at work: look at it again after all others
        newest, _ = self._open.popitem()  # it has not even asked
        newest.force_close()


class Connection(web.RequestHandler):
    """One client's connection. What is not even HTTP is answered with a problem as well."""

    on_lost: Callable[[], object] | None = None
    _head_limit: asyncio.TimerHandle | None = None

    def __init__(self, connections: Connections, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connections = connections

    def is_idle(self) -> bool:
        """Whether no whole request has come that is not answered yet."""
        # aiohttp waits for the next request by this future, and by nothing else
        return self._waiter is not None and not self._waiter.done()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.is_idle():  # still: these bytes were a part of a head
            if self._head_limit is None:
                self._head_limit = self._loop.call_later(HEAD_SECONDS, self.force_close)
        elif self._head_limit is not None:
            self._forget_head()

    def connection_lost(self, error: BaseException | None) -> None:
        super().connection_lost(error)
        self._connections.remove(self)
        self._forget_head()
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

    def _forget_head(self) -> None:
        if self._head_limit is not None:
            self._head_limit.cancel()
            self._head_limit = None


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


def most_connections(wanted: int) -> int:
    """As many as are wanted, or as this process may open files; raises that limit if it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (OSError, ValueError):  # macOS refuses more than its own limit
            pass
    if soft == resource.RLIM_INFINITY or wanted + SPARE_FILES <= soft:
        return wanted
    log.warning("fewer connections than configured", open_files=soft, wanted=wanted)
    return max(1, soft - SPARE_FILES)
