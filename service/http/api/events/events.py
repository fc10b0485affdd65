"""`/content/{id}/events` and `/ws`: the log of a request, as it grows.

Both send the same events under the same ids. A client without an id gets a snapshot first: the
record as of the event whose id it carries.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec
from aiohttp import WSCloseCode, web

from service.addresses import with_base
from service.http.api.content import unknown
from service.http.api.records import full
from service.http.guards.access import is_visible
from service.http.guards.key_revocation import OpenStream, ended_when_revoked
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.parameters.types import EventId
from service.http.problems import Problem
from service.http.server.connections import cancelled_if_left, connection_of
from service.http.server.piecewise_writer import PIECE_BYTES
from service.http.server.public_address import PUBLIC
from service.http.services import Services, services_of
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import Event
from service.subscriptions.requests import Topic

HEARTBEAT_SECONDS = 15.0  # without events, after which a heartbeat is sent
SEND_BUFFER_BYTES = 2**17  # that the kernel may buffer for a reader; its default is megabytes
RETRY_MILLISECONDS = 1000  # until a browser connects again
MAX_MESSAGE_BYTES = 4096  # that a WebSocket client may send; its messages are ignored


class FollowEventsParameters(Parameters):
    """The last event that the client knows."""

    after: EventId | None = None


async def follow_content(request: web.Request) -> web.StreamResponse:
    """Server-Sent Events. A browser that reconnects after the end gets 204, so it stops."""
    services, after = await _parse(request)
    with services.subscriptions.subscribe(request.match_info["id"]) as topic:
        if await has_all(topic, after):
            return web.Response(status=204)

        async def encoded(stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
            async for batch in _addressed(request, _batches(services, topic, stream, after)):
                yield [_sse(event) for event in batch]

        return await send_events(request, encoded, topic.notify)


async def send_events(
    request: web.Request,
    batches: Callable[[OpenStream], AsyncIterator[Sequence[bytes]]],
    wake: Callable[[], None],
    *,
    opening: bytes = b"retry: %d\n\n" % RETRY_MILLISECONDS,
    headers: Mapping[str, str] | None = None,
) -> web.StreamResponse:
    """Send `opening`, then batches of encoded events as they come, until the end or a revoked key.

    An empty batch is a heartbeat: a comment.
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "X-Accel-Buffering": "no",
            **(headers or {}),
        }
    )
    if request.method == "HEAD":
        return response
    with (
        services_of(request).monitor.metrics.following("sse"),
        ended_when_revoked(request, wake) as stream,
        cancelled_if_left(request),
        _cut_off(request),
    ):
        await response.prepare(request)
        await response.write(opening)
        async for batch in batches(stream):
            for piece in _pieces(batch):
                await response.write(piece)
                if stream.over:
                    break
        await response.write_eof()
    return response


async def open_content_websocket(request: web.Request) -> web.StreamResponse:
    """The same events over a WebSocket, one JSON object a message; closed after the last one."""
    services, after = await _parse(request)
    response = web.WebSocketResponse(
        heartbeat=HEARTBEAT_SECONDS,
        max_msg_size=MAX_MESSAGE_BYTES,
        compress=False,  # a compressor takes more memory than everything else for a listener
    )
    if not _can_begin(response, request):
        raise Problem("upgrade-required", "This address speaks WebSocket.", headers=UPGRADE)
    with (
        services.subscriptions.subscribe(request.match_info["id"]) as topic,
        services.monitor.metrics.following("websocket"),
        ended_when_revoked(request, topic.notify) as stream,
        cancelled_if_left(request),
        _cut_off(request),
    ):
        await response.prepare(request)
        reading = asyncio.create_task(_read(response), name="websocket reader")
        try:
            async for batch in _addressed(request, _batches(services, topic, stream, after)):
                for event in batch:
                    await response.send_str(_message(event))
                    if stream.over:
                        break
            reading.cancel()
            await asyncio.wait({reading})
            await response.close(code=_why(services, stream))
        finally:
            reading.cancel()
    return response


def _can_begin(response: web.WebSocketResponse, request: web.Request) -> bool:
    """Whether the request is a complete handshake."""
    try:
        return bool(response.can_prepare(request))
    except ValueError:  # aiohttp expects ASCII in its headers
        return False


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade"}


async def _parse(request: web.Request) -> tuple[Services, int | None]:
    """The services, and the last event that the client knows.

    `Last-Event-ID` wins over `after`: a browser sends it when it reconnects to the same address.
    """
    parameters = await parse_parameters(request, FollowEventsParameters)
    services, id_ = services_of(request), request.match_info["id"]
    if not await is_visible(request, id_):
        raise unknown(id_, services)
    last_event_id = request.headers.get("Last-Event-ID", "").strip()
    if last_event_id.isascii() and last_event_id.isdecimal():
        return services, int(last_event_id[:20])
    return services, parameters.after


def _why(services: Services, stream: OpenStream) -> WSCloseCode:
    """The close code of a WebSocket."""
    if services.subscriptions.closed:
        return WSCloseCode.GOING_AWAY
    return WSCloseCode.POLICY_VIOLATION if stream.over else WSCloseCode.OK


async def has_all(topic: Topic, after: int | None) -> bool:
    """Whether the log has ended and this event is the last one."""
    log = await topic.read()
    return log is not None and log.final and after == log.newest


async def _batches(
    services: Services, topic: Topic, stream: OpenStream, after: int | None
) -> AsyncIterator[Sequence[Event]]:
    """New events until the end or a revoked key; an empty batch is a heartbeat."""
    log = await topic.read()
    if log is not None and log.record.status == "queued":
        [place] = await services.positions.positions_of([log.record.waiting])
        topic.set_position(place)
    if after is None or (log is not None and after > log.newest):
        # an unknown id comes from another log: begin with a snapshot
        snapshot = snapshot_of(topic)
        after = snapshot.seq
        yield [snapshot]
    told = topic.stand_at_first
    while True:
        version, log = topic.version, await topic.read()
        batch = topic.news(after, told)
        told = topic.stand
        if batch:
            after = batch[-1].seq
            yield batch  # may take long: `log` is the state that the batch came from
        if log is None or log.final or stream.over or services.subscriptions.closed:
            return
        await topic.wait_for_news(version, HEARTBEAT_SECONDS)
        if topic.version == version:
            yield []


async def _addressed(
    request: web.Request, batches: AsyncIterator[Sequence[Event]]
) -> AsyncIterator[Sequence[Event]]:
    """The batches, with picture addresses as this client needs them."""
    path = request.app[PUBLIC].path(request)
    async for batch in batches:
        yield (
            [replace(event, data=with_base(event.data, path)) for event in batch] if path else batch
        )


def snapshot_of(topic: Topic) -> Event:
    """The record as of the last event of its log."""
    log = topic.log()
    assert log is not None  # noqa: S101 - it was there a moment ago, and a topic is read once
    record = full(log, None)
    record.event_id = str(log.last)
    record.text = log.text_so_far  # without the text of later events
    return Event(log.last, "snapshot", msgspec.json.encode(record))


def _pieces(batch: Sequence[bytes]) -> Iterator[bytes]:
    """These events in pieces, so that a long log is not copied whole for each client."""
    piece = bytearray()
    for event in batch:
        piece += event
        while len(piece) > PIECE_BYTES:
            yield bytes(piece[:PIECE_BYTES])
            del piece[:PIECE_BYTES]
    yield bytes(piece) or b": still here\n\n"


def _sse(event: Event) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.name.encode(), event.data)


def _message(event: Event) -> str:
    return f'{{"id":"{event.seq}","event":"{event.name}","data":{event.data.decode()}}}'


async def _read(response: web.WebSocketResponse) -> None:
    """Answer pings and notice a close; messages of the client are ignored."""
    async for _ in response:
        pass


@contextlib.contextmanager
def _cut_off(request: web.Request) -> Iterator[None]:
    """A context that cuts the connection off when a stream cannot continue: a client does not read.

    Also when the database is unavailable: an answer that has begun cannot become an error.
    """
    transport = request.transport
    if transport is None:
        raise ConnectionError("The client has left.")
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):  # macOS, when the other side has just reset it
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
        if option is not None:  # lets the kernel notice that the other side does not acknowledge
            sock.setsockopt(socket.IPPROTO_TCP, option, int(2 * HEARTBEAT_SECONDS * 1000))
    try:
        yield
    except (ConnectionError, DatabaseUnavailable):
        connection_of(request).cut_off()
