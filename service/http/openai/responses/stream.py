"""Streamed responses: the log of a request as events with numbers, which a client may resume."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from service.http.api.events.events import send_events
from service.http.calls.following import follow, log_of_topic, position_comment
from service.http.calls.streamed_text import StreamedText
from service.http.guards.key_revocation import OpenStream
from service.http.openai.errors import error_of
from service.http.openai.responses.record import (
    begun,
    message_item,
    picture_item,
    response_of,
    text_part,
)
from service.http.problems import Problem, members
from service.http.services import Services
from service.store.sql.events import Event, EventLog
from service.store.sql.requests.request_records import Request
from service.subscriptions.requests import Topic

NUMBERS_PER_EVENT = 100  # numbers for the events that are made of one entry of the log
ERROR_NUMBER = 2**50  # the number of an error, after all others


@dataclass(eq=False)
class ResponseStream:
    """One streamed response. `after` is the number of the last event that the client has.

    The numbers are made of the ids in the request's log, so they are the same in every process and
    after a restart.
    """

    request: web.Request
    services: Services
    stored: Request
    after: int | None = None
    seq: int = 0
    text: StreamedText = field(default_factory=StreamedText)
    is_generating: bool = False
    has_message: bool = False

    async def send(self) -> web.StreamResponse:
        """Send the events until the response is final."""
        with ExitStack() as stack:
            topic = stack.enter_context(self.services.subscriptions.subscribe(self.stored.id))

            def batches(stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
                async def news() -> tuple[list[bytes], bool]:
                    return await self._news(topic)

                return follow(self.services, [topic], stream, news, self._failed)

            created = [
                self._event(number, f"response.{name}", response=begun(self.stored))
                for number, name in ((0, "created"), (1, "queued"))
            ]
            return await send_events(
                self.request,
                batches,
                topic.notify,
                opening=b"".join(filter(None, created)) or b": resumed\n\n",
                headers={"x-request-id": self.stored.id, "Cache-Control": "no-cache"},
            )

    async def _news(self, topic: Topic) -> tuple[list[bytes], bool]:
        """The unsent events, and whether they are the last. Raises Problem."""
        log = log_of_topic(topic)
        out: list[bytes] = []
        for event in topic.after(self.seq):
            self.seq = event.seq
            out += self._of_event(event)
        if log.final:
            out += await self._end(log)
        return [event for event in out if event], log.final

    def _of_event(self, event: Event) -> Iterator[bytes]:
        data, number = msgspec.json.decode(event.data), event.seq * NUMBERS_PER_EVENT
        if comment := position_comment(event, data):
            yield comment
        elif event.name == "started":
            if not self.is_generating:
                self.is_generating = True
                yield self._event(number, "response.in_progress", response=self._generating())
            if data["part"] == "text":
                self.text.restart()
        elif event.name == "text.delta":
            yield from self._words(number, self.text.add(data["text"]))

    def _words(self, number: int, new: str) -> Iterator[bytes]:
        """The events with new text, if there is any."""
        if not new:
            return
        if not self.has_message:
            self.has_message = True
            item = message_item(self.stored.id, "in_progress", [])
            yield self._event(number, "response.output_item.added", output_index=0, item=item)
            yield self._of_text(number + 1, "response.content_part.added", part=text_part(""))
        yield self._of_text(number + 2, "response.output_text.delta", delta=new, logprobs=[])

    async def _end(self, log: EventLog) -> list[bytes]:
        """The events after the last entry of the log."""
        number = log.newest * NUMBERS_PER_EVENT
        out: list[bytes] = []
        response = await response_of(self.services, log)
        items = {item["type"]: item for item in response.output}
        message, picture = items.get("message"), items.get("image_generation_call")
        if message is not None:
            text = message["content"][0]["text"]
            out += self._words(number, self.text.finish(text))
            part = text_part(text)
            out += [
                self._of_text(number + 3, "response.output_text.done", text=text, logprobs=[]),
                self._of_text(number + 4, "response.content_part.done", part=part),
                self._event(number + 5, "response.output_item.done", output_index=0, item=message),
            ]
        if picture is not None:
            at = int(message is not None)
            begun_ = picture_item(self.stored.id, "in_progress")
            out += [
                self._event(number + 6, "response.output_item.added", output_index=at, item=begun_),
                self._event(
                    number + 7,
                    "response.image_generation_call.completed",
                    output_index=at,
                    item_id=picture["id"],
                ),
                self._event(number + 8, "response.output_item.done", output_index=at, item=picture),
            ]
        name = response.status if response.status != "cancelled" else "failed"
        return [*out, self._event(number + 9, f"response.{name}", response=response)]

    def _generating(self) -> Any:
        response = begun(self.stored)
        response.status = "in_progress"
        return response

    def _of_text(self, number: int, name: str, **fields: Any) -> bytes:
        id_ = f"msg_{self.stored.id}"
        return self._event(number, name, item_id=id_, output_index=0, content_index=0, **fields)

    def _failed(self, problem: Problem) -> bytes:
        content = {**members(problem.kind, str(problem)), **problem.more}
        error = error_of(content, problem.kind.slug)
        return self._event(
            ERROR_NUMBER, "error", **{name: error[name] for name in ("code", "message", "param")}
        )

    def _event(self, number: int, name: str, **fields: Any) -> bytes:
        """An event; nothing if the client has it."""
        if self.after is not None and number <= self.after:
            return b""
        data = msgspec.json.encode({"type": name, "sequence_number": number, **fields})
        return b"event: %b\ndata: %b\n\n" % (name.encode(), data)
