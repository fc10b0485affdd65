"""`/replicate/v1/predictions/{id}/stream`: the log of a request as events of a prediction."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from service.addresses import absolute
from service.http.api.events.events import send_events
from service.http.calls.accepting import AnyParameters
from service.http.calls.following import follow, log_of_topic, position_comment
from service.http.calls.kept import root_of
from service.http.calls.results import log_of, picture_of, reason_of, text_of
from service.http.calls.streamed_text import StreamedText
from service.http.guards.key_revocation import OpenStream
from service.http.parameters.parse import parse_parameters
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.store.sql.events import Event, EventLog
from service.subscriptions.requests import Topic

NUMBERS_PER_EVENT = 10  # numbers for the events that are made of one entry of the log
ERROR_NUMBER = 2**50  # the number of an error that is not in the log
LINES = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Ends of lines as Python's clients see them, which is more than the standard has."""


async def stream_prediction(request: web.Request) -> web.StreamResponse:
    """The output as Server-Sent Events: `output`, `error`, `done`, each with an id.

    The address in `urls.stream` works without a key for an hour. `Last-Event-ID` resumes.
    """
    await parse_parameters(request, AnyParameters)
    services, id_ = services_of(request), request.match_info["prediction"]
    await log_of(request, id_)
    known = request.headers.get("Last-Event-ID", "").strip()
    after = int(known) if re.fullmatch("[0-9]{1,18}", known) else 0
    with services.subscriptions.subscribe(id_) as topic:
        return await PredictionStream(request, services, topic, after).send()


@dataclass(eq=False)
class PredictionStream:
    """The stream of one prediction. `after` is the number of the last event that the client has.

    The numbers are made of the ids in the request's log, so they are the same in every process and
    after a restart.
    """

    request: web.Request
    services: Services
    topic: Topic
    after: int
    seq: int = 0
    text: StreamedText = field(default_factory=StreamedText)

    async def send(self) -> web.StreamResponse:
        """Send the events until the prediction is final."""
        return await send_events(
            self.request,
            self._batches,
            self.topic.notify,
            opening=b": \n\n",
            headers={"Cache-Control": "no-cache"},
        )

    def _batches(self, stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
        return follow(self.services, [self.topic], stream, self._news, self._failed)

    async def _news(self) -> tuple[list[bytes], bool]:
        """The unsent events, and whether they are the last. Raises Problem."""
        log = log_of_topic(self.topic)
        out: list[bytes] = []
        for event in self.topic.after(self.seq):
            self.seq = event.seq
            out += self._of_event(event)
        if log.final:
            out += self._end(log)
        return [event for event in out if event], log.final

    def _of_event(self, event: Event) -> Iterator[bytes]:
        data = msgspec.json.decode(event.data)
        if comment := position_comment(event, data):
            yield comment
        elif event.name == "started" and data["part"] == "text":
            self.text.restart()
        elif event.name == "text.delta":
            yield from self._words(event.seq * NUMBERS_PER_EVENT, self.text.add(data["text"]))

    def _words(self, number: int, new: str) -> Iterator[bytes]:
        """The event with new text, if there is any."""
        if new:
            yield self._event(number, "output", new)

    def _end(self, log: EventLog) -> list[bytes]:
        """The events after the last entry of the log."""
        number, record = log.newest * NUMBERS_PER_EVENT, log.record
        if record.status == "cancelled":
            return [self._event(number + 4, "done", '{"reason":"canceled"}')]
        if record.status != "completed":
            return [
                self._event(number + 3, "error", reason_of(record)),
                self._event(number + 4, "done", '{"reason":"error"}'),
            ]
        out: list[bytes] = []
        text, picture = text_of(record), picture_of(record)
        if text is not None:
            out += self._words(number + 1, self.text.finish(text))
        if picture is not None:
            whole = absolute(picture.image_uri or "", root_of(self.request))
            out.append(self._event(number + 2, "output", whole))
        return [*out, self._event(number + 4, "done", "{}")]

    def _failed(self, problem: Problem) -> bytes:
        return self._event(ERROR_NUMBER, "error", str(problem))

    def _event(self, number: int, name: str, data: str) -> bytes:
        """An event; nothing if the client has it."""
        if number <= self.after:
            return b""
        lines = "\n".join(f"data: {line}" for line in LINES.split(data))
        return f"id: {number}\nevent: {name}\n{lines}\n\n".encode()
