"""The state of a request as a stream: an event whenever it changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from service.http.api.events.events import send_events
from service.http.calls.following import follow, log_of_topic
from service.http.calls.kept import root_of
from service.http.fal.errors import REQUEST_ID, error_type
from service.http.fal.queue import FalStatusParameters, request_in
from service.http.fal.shapes import logs_of, queued_of
from service.http.guards.key_revocation import OpenStream
from service.http.parameters.parse import parse_parameters
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.subscriptions.requests import Topic


async def stream_fal_status(request: web.Request, id_: str | None = None) -> web.StreamResponse:
    """The state of a request as Server-Sent Events, until it is completed.

    With `logs=1` each event has what happened since the one before it.
    """
    parameters = await parse_parameters(request, FalStatusParameters)
    services = services_of(request)
    id_ = (await request_in(request, id_)).record.request.id
    with services.subscriptions.subscribe(id_) as topic:
        return await StatusStream(request, services, topic, parameters.wants_logs).send(id_)


@dataclass(eq=False)
class StatusStream:
    """The stream of one request's state."""

    request: web.Request
    services: Services
    topic: Topic
    wants_logs: bool
    seq: int = 0
    position: int = 0
    last: bytes = b""

    async def send(self, id_: str) -> web.StreamResponse:
        """Send the states until the request is final."""
        return await send_events(
            self.request,
            self._batches,
            self.topic.notify,
            opening=b": \n\n",
            headers={"Cache-Control": "no-cache", REQUEST_ID: id_},
        )

    def _batches(self, stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
        return follow(self.services, [self.topic], stream, self._news, _failed)

    async def _news(self) -> tuple[list[bytes], bool]:
        """The state, unless it was sent, and whether it is the last. Raises Problem."""
        log = log_of_topic(self.topic)
        events = self.topic.after(self.seq)
        for event in events:
            self.seq = event.seq
            if event.name == "queued":
                self.position = msgspec.json.decode(event.data).get("position", self.position)
        logs = logs_of(log.record, events) if self.wants_logs else []
        state = queued_of(log, root_of(self.request), self.position, logs)
        encoded = b"data: %b\n\n" % msgspec.json.encode(state)
        if encoded == self.last:
            return [], log.final
        self.last = encoded
        return [encoded], log.final


def _failed(problem: Problem) -> bytes:
    """The event of a stream that cannot continue."""
    kind = error_type(problem.more, problem.kind.slug)
    body = {"status": "COMPLETED", "error": str(problem), "error_type": kind, "logs": []}
    return b"data: %b\n\n" % msgspec.json.encode(body)
