"""Streamed chat completions: the log of each request, as chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from service.http.api.events import HEARTBEAT_SECONDS, send_events
from service.http.guards.key_revocation import OpenStream
from service.http.openai.calls import failure
from service.http.openai.chat_answer import content_of, finish_reason, origin_of
from service.http.openai.chat_parameters import CreateChatCompletionParameters
from service.http.openai.errors import error_event
from service.http.openai.shapes import (
    ChatChunk,
    ChatChunkChoice,
    ChatDelta,
    FinishReason,
    UsageResponse,
    usage_of,
)
from service.http.problems import Problem, unavailable
from service.http.services import Services
from service.store.sql.events import Event
from service.store.sql.request_records import Request
from service.subscriptions import Topic, news_of_any

DONE = b"data: [DONE]\n\n"


@dataclass(eq=False)
class Choice:
    """One of the `n` answers: what was sent of it."""

    index: int
    topic: Topic
    seq: int = 0
    """The last event of its log that was looked at."""
    sent: str = ""
    text: str = ""
    """The text as the log has it: after a restart it may be behind what was sent."""
    done: bool = False


class CannotGoOn(Exception):
    """A text began anew and differs from what was sent: nothing can be taken back."""


@dataclass
class ChatStream:
    """One streamed answer."""

    request: web.Request
    services: Services
    parameters: CreateChatCompletionParameters
    made: Sequence[Request]
    choices: list[Choice] = field(default_factory=list)

    async def send(self) -> web.StreamResponse:
        """Send the chunks until the answers are complete, or one of them failed."""
        with ExitStack() as stack:
            subscribe = self.services.subscriptions.subscribe
            for index, one in enumerate(self.made):
                self.choices.append(Choice(index, stack.enter_context(subscribe(one.id))))
            return await send_events(
                self.request,
                self._batches,
                self.choices[0].topic.notify,
                opening=b"".join(
                    self._chunk(one, ChatDelta("assistant", "")) for one in self.choices
                ),
                headers={"x-request-id": self.made[0].id, "Cache-Control": "no-cache"},
            )

    async def _batches(self, stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
        await self._look_up_positions()
        while True:
            versions = {one.topic: one.topic.version for one in self.choices if not one.done}
            try:
                batch = [piece for one in self.choices for piece in self._news(one)]
            except Problem as problem:
                yield [error_event(problem)]
                return
            except CannotGoOn:
                yield [error_event(unavailable("The text began anew and became another one."))]
                return
            if batch:
                yield batch
            if all(one.done for one in self.choices):
                yield [*self._usage(), DONE]
                return
            if self.services.subscriptions.closed:
                yield [error_event(unavailable("The server is stopping."))]
            if stream.over or self.services.subscriptions.closed:
                return
            await news_of_any(versions, HEARTBEAT_SECONDS)
            if all(topic.version == version for topic, version in versions.items()):
                yield []

    async def _look_up_positions(self) -> None:
        logs = [(one.topic, one.topic.log()) for one in self.choices]
        waiting = [(topic, log) for topic, log in logs if log and log.record.status == "queued"]
        places = await self.services.positions.positions_of(
            [log.record.request for _, log in waiting]
        )
        for (topic, _), place in zip(waiting, places, strict=True):
            topic.set_position(place)

    def _news(self, one: Choice) -> Iterator[bytes]:
        """The unsent chunks of an answer. Raises Problem, CannotGoOn."""
        if one.done:
            return
        log = one.topic.log()
        if log is None:
            raise Problem("gone", "The request was removed while it ran.")
        for event in one.topic.after(one.seq):
            one.seq = event.seq
            yield from self._piece(one, event)
        if not log.final:
            return
        if problem := failure(log):
            raise problem
        whole = content_of(self.request, log)
        yield from self._words(one, whole)
        if one.sent != whole:
            raise CannotGoOn
        reason = finish_reason(self.parameters.longest, origin_of(log))
        one.done = True
        yield self._chunk(one, ChatDelta(), reason)

    def _piece(self, one: Choice, event: Event) -> Iterator[bytes]:
        data = msgspec.json.decode(event.data)
        if event.name == "queued" and "position" in data:
            yield b": position %d\n\n" % data["position"]
        elif event.name == "started" and data["part"] == "text":
            one.text = ""
        elif event.name == "text.delta":
            one.text += data["text"]
            yield from self._words(one, one.text)

    def _words(self, one: Choice, text: str) -> Iterator[bytes]:
        """The chunk with what follows on what was sent."""
        if one.sent.startswith(text):  # a text that began anew has not caught up yet
            return
        if not text.startswith(one.sent):
            raise CannotGoOn
        new = text[len(one.sent) :]
        one.sent = text
        yield self._chunk(one, ChatDelta(content=new))

    def _chunk(self, one: Choice, delta: ChatDelta, reason: FinishReason | None = None) -> bytes:
        return self._encoded([ChatChunkChoice(one.index, delta, reason)], msgspec.UNSET)

    def _usage(self) -> Iterator[bytes]:
        """The chunk with the tokens, if the client wants it."""
        wanted = self.parameters.stream_options
        if wanted is not None and wanted.include_usage:
            logs = [one.topic.log() for one in self.choices]
            yield self._encoded([], usage_of([origin_of(log) for log in logs if log]))

    def _encoded(
        self, choices: list[ChatChunkChoice], usage: UsageResponse | msgspec.UnsetType | None
    ) -> bytes:
        first = self.made[0]
        log = self.choices[0].topic.log() if self.choices else None
        model = (origin_of(log).get("model") if log else None) or self.parameters.model
        chunk = ChatChunk(f"chatcmpl-{first.id}", int(first.created_at), model, choices, usage)
        return b"data: %b\n\n" % msgspec.json.encode(chunk)
