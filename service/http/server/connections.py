"""One client's connection: limits on its bytes and its silence, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestPayloadError

from service.http.guards.connection_limits import ConnectionLimits
from service.http.problems import of_status
from service.http.server.byte_budget import ByteBudget
from service.http.server.json_response import JsonResponse
from service.http.server.piecewise_writer import is_large, write_in_pieces
from service.http.server.security_headers import safe
from service.http.server.websocket_masks import MaskedFramesOnly

log = structlog.get_logger()

IDLE_SECONDS = 75.0  # that a connection may be idle; longer than proxies keep theirs
HEAD_SECONDS = 20.0  # from the first byte of a head to its last
PIECE_SECONDS = 20.0  # for a client to read what waits for it, a piece or two
LINGER_SECONDS = 2.0  # after a refusal: the client reads it although it is still sending
LINGER_BYTES = 2**22  # that are discarded in that time
FEED_BYTES = 2**13  # passed to the parser at a time, so a head is measured before it is kept
CHUNK_OVERHEAD_BYTES = 2**16  # of sizes and line ends of chunks, besides a quarter of the body
MAX_HEADERS = 128  # in one head; each costs some 300 bytes of objects however short it is

CLIENT_ERRORS = (HttpProcessingError, RequestPayloadError)
"""The errors of aiohttp for a body that does not match its head."""


class ChunksTooSmall(RequestPayloadError):
    """A chunked body with more bytes around its chunks than it may have."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What all connections of a server share."""

    limits: ConnectionLimits
    incoming: ByteBudget
    """Bytes of requests that are incomplete, or wait behind another one of their connection."""
    outgoing: ByteBudget
    """Bytes of answers that clients have not read."""
    max_head: Callable[[], int]
    """The largest size of a head in bytes."""


_receive = web.RequestHandler.data_received  # as super() would find it, in half the time


class Connection(web.RequestHandler):
    """One client's connection. Input that is not HTTP is answered with a problem as well.

    aiohttp's parser does not say how much it holds, so the bytes are counted before they reach it.
    It is fed in pieces. After each, `_messages` shows whether a head ended in it, and the payload
    of that head whether its body is complete. Bytes after a complete request in the same piece are
    not counted, nor is one small request that waits for another: less than FEED_BYTES each.
    """

    on_lost: Callable[[], object] | None = None
    client = ""  # these three as in `Counted`
    key: str | None = None
    is_extra = False
    _head_limit: asyncio.TimerHandle | None = None
    _read_limit: asyncio.TimerHandle | None = None
    between_requests = True  # whether every request that began is complete, and none is counted
    _body: Any = None  # the payload of the latest head
    _body_bytes = 0  # received since that head, with all that is around chunks
    _head_bytes = 0  # of an incomplete head
    _held_bytes = 0  # of the rest: an incomplete body, and requests that wait
    _counted = 0  # bytes of these two that the budget holds
    _is_last = False  # whether the next answer is the last; further requests are ignored
    _lingered = 0  # bytes received after that
    _buffer_counted = False
    _stop_waiter: asyncio.Future[None] | None = None

    @property
    def _handler_waiter(self) -> asyncio.Future[None] | None:
        """What a stop waits for; None once its time is up: aiohttp would fail to end it then."""
        waiter = self._stop_waiter
        return None if waiter is None or waiter.done() else waiter

    @_handler_waiter.setter
    def _handler_waiter(self, waiter: asyncio.Future[None] | None) -> None:
        self._stop_waiter = waiter

    def __init__(self, bounds: Bounds, *arguments: Any, **options: Any) -> None:
        self._head_max = bounds.max_head()
        options = {
            "max_headers": MAX_HEADERS,
            # one field may fill the head; the head as a whole is measured here, before the parser
            "max_line_size": self._head_max + 2 * FEED_BYTES,
            "max_field_size": self._head_max + 2 * FEED_BYTES,
            "auto_decompress": False,
            "lingering_time": LINGER_SECONDS,
            "access_log": None,
            "keepalive_timeout": IDLE_SECONDS,
            **options,
        }
        super().__init__(*arguments, **options)
        self._bounds = bounds
        self.outgoing = bounds.outgoing

    def is_idle(self) -> bool:
        """Whether every complete request has been answered."""
        # aiohttp waits for the next request only with this future
        return self._waiter is not None and not self._waiter.done()

    def close_if_idle_after(self, seconds: float) -> None:
        """Close the connection if it is idle after this time."""

        def close() -> None:
            if self.is_idle():
                self.force_close()

        self._loop.call_later(seconds, close)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.client = self._bounds.limits.client_of_peer(self.peername)
        self._bounds.limits.add(self)

    def data_received(self, data: bytes) -> None:
        messages = self._messages
        if self._upgraded:  # a WebSocket
            _receive(self, data)
        elif self.between_requests and not messages and len(data) <= FEED_BYTES:
            was_idle = self._waiter is not None
            _receive(self, data)
            if len(messages) == 1 and (messages[0][1] is EMPTY_PAYLOAD or messages[0][1].is_eof()):
                return  # a whole request, as most come; it waits for one other at most
            self.between_requests = False
            self._account(len(data), was_idle, waiting=0, in_body=False)
        else:
            self.between_requests = False
            for start in range(0, len(data) or 1, FEED_BYTES):
                self._feed(data[start : start + FEED_BYTES])

    def _feed(self, data: bytes) -> None:
        """Give the parser a piece, and count it unless it is a whole request."""
        if self._is_last:
            self._throw_away(data)
            return
        waiting, was_idle = len(self._messages), self.is_idle()
        in_body = self._body is not None and not self._body.is_eof()
        _receive(self, data)
        self._account(len(data), was_idle, waiting, in_body)

    def _account(self, size: int, was_idle: bool, waiting: int, in_body: bool) -> None:
        """Count a piece that the parser has taken; the other arguments are the state before."""
        if self._force_close or self._close:
            return
        if len(self._messages) > waiting:  # a head ended
            self._forget_head()
            self._body = self._messages[-1][1]
            self._body_bytes = 0
            if was_idle and len(self._messages) == 1 and self._body.is_eof():
                self._held_bytes = 0
            else:
                self._held_bytes += size
        elif in_body:
            self._held_bytes += size
            self._check_chunks(size)
            if self._body.is_eof() and not self._messages:
                self._held_bytes = 0
        elif size:
            self._begin_head(size)
        self._count()
        self.between_requests = not (self._counted or self._is_last)

    def _begin_head(self, size: int) -> None:
        """Count bytes of an incomplete head, and limit its time and size."""
        self._head_bytes += size
        if self._head_limit is None and self.is_idle():
            self._head_limit = self._loop.call_later(HEAD_SECONDS, self.force_close)
        if self._head_bytes > self._head_max:
            _receive(self, b"\0")  # invalid anywhere in a head: the parser gives up
            self._is_last = True

    def _check_chunks(self, size: int) -> None:
        """Refuse a body of tiny chunks: each costs a microsecond, however small it is."""
        self._body_bytes += size
        body = self._body
        if body.is_eof() or self._reading_paused:  # paused: some bytes have not been parsed
            return
        overhead = self._body_bytes - body.total_bytes
        if overhead > CHUNK_OVERHEAD_BYTES + body.total_bytes // 4:
            body.set_exception(ChunksTooSmall("The chunks of the body are too small."))
            self._is_last = True

    def _forget_head(self) -> None:
        self._head_bytes = 0
        if self._head_limit is not None:
            self._head_limit.cancel()
            self._head_limit = None

    def _count(self) -> None:
        held = self._head_bytes + self._held_bytes
        if held != self._counted:
            self._counted = held
            self._bounds.incoming.hold(self, held)

    def before_answer(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """Free the bytes counted for a request, before its answer is sent.

        If its body is still on its way, unread, this is the connection's last answer.
        """
        if type(response) is not JsonResponse and is_large(response):
            write_in_pieces(request, self.outgoing)
        if not request.content.is_eof():
            response.force_close()
            self._is_last = True
        elif not self._messages:
            self._held_bytes = 0
            self._count()
            self.between_requests = not self._counted
        if self.is_extra:
            response.force_close()

    def set_parser(self, parser: Any, data_received_cb: Any = None) -> None:
        super().set_parser(MaskedFramesOnly(parser), data_received_cb)  # type: ignore[arg-type] # it has the methods that are used

    def pause_writing(self) -> None:
        super().pause_writing()
        self._read_limit = self._loop.call_later(PIECE_SECONDS, self.cut_off)
        if self.transport is not None and self not in self.outgoing:
            self._buffer_counted = True
            buffered = self.transport.get_write_buffer_size()
            self.outgoing.hold(self, min(buffered, self.outgoing.max_answer))

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_unread()

    def _forget_unread(self) -> None:
        if self._read_limit is not None:
            self._read_limit.cancel()
            self._read_limit = None
        if self._buffer_counted:
            self._buffer_counted = False
            self.outgoing.hold(self, 0)

    def connection_lost(self, error: BaseException | None) -> None:
        super().connection_lost(error)
        self._bounds.limits.remove(self)
        self._bounds.incoming.hold(self, 0)
        self._forget_head()
        self._forget_unread()
        if self.on_lost is not None:
            self.on_lost()

    def cut_off(self) -> None:
        """End the connection at once, so that the kernel drops unread bytes as well."""
        transport = self.transport
        if transport is None:
            return
        with contextlib.suppress(OSError):  # macOS, when the other side has just reset it
            sock = transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    async def linger(self) -> None:
        """Wait until the client has left, or LINGER_SECONDS; discard what it still sends.

        A connection that is closed with unread bytes is reset, and the client may not see why.
        """
        if self.transport is None:
            return
        self._is_last = True
        disconnected = asyncio.Event()
        self.on_lost = disconnected.set
        with contextlib.suppress(OSError, TimeoutError):
            self.transport.write_eof()
            async with asyncio.timeout(LINGER_SECONDS):
                await disconnected.wait()

    def _throw_away(self, data: bytes) -> None:
        """Count bytes after the last answer, without the parser."""
        self._lingered += len(data)
        if self._lingered > LINGER_BYTES:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del request, message  # it may quote what the client sent
        if status >= 500:  # a defect, not a bad request
            log.error("connection failed", exc_info=exc)
        is_too_large = isinstance(exc, LineTooLong) or "Too many headers" in str(exc)
        if is_too_large or self._head_bytes > self._head_max:
            problem = of_status(431, _too_large(self._head_max))
        else:
            problem = of_status(status, "This is not a valid HTTP request.")
        return safe(LastAnswer(problem, self))

    def log_exception(self, *args: object, **details: object) -> None:
        """Log errors of this program; errors of a client are only sent to the client."""
        if not isinstance(details.get("exc_info"), CLIENT_ERRORS):
            super().log_exception(*args, **details)


class LastAnswer(web.Response):
    """The answer to an invalid request, after which the connection ends."""

    def __init__(self, problem: web.Response, connection: Connection) -> None:
        super().__init__(body=problem.body, status=problem.status, headers=problem.headers)
        self._connection = connection
        self.headers["Connection"] = "close"
        self.force_close()

    async def write_eof(self, data: bytes = b"") -> None:
        await super().write_eof(data)
        await self._connection.linger()


def _too_large(limit: int) -> str:
    return (
        f"The address and the headers may have {limit} bytes and {MAX_HEADERS} lines together. In "
        "a browser, delete the cookies of this address, or use another name for it: all programs "
        "of one host name share their cookies."
    )


@contextlib.contextmanager
def cancelled_if_left(request: web.Request) -> Iterator[None]:
    """Cancel this task when the client closes the connection, or has closed it before.

    Other handlers run to their end: what was accepted stays accepted.
    """
    task = asyncio.current_task()
    connection = connection_of(request)
    assert task is not None  # noqa: S101 - handlers run in tasks
    connection.on_lost = task.cancel
    if connection.transport is None:
        task.cancel()
    try:
        yield
    finally:
        connection.on_lost = None


def connection_of(request: web.BaseRequest) -> Connection:
    """The connection of a request."""
    connection = request.protocol
    assert isinstance(connection, Connection)  # noqa: S101 - Server makes no others
    return connection
