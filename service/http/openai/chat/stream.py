"""Streamed chat completions: the log of each request, as chunks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import msgspec
from aiohttp import web

from service.http.api.events.events import send_events
from service.http.calls.following import follow, log_of_topic, position_comment
from service.http.calls.results import failure, origin_of
from service.http.calls.streamed_text import StreamedText
from service.http.guards.key_revocation import OpenStream
from service.http.openai.chat.answer import content_of, finish_reason
from service.http.openai.chat.parameters import CreateChatCompletionParameters
from service.http.openai.errors import error_event
from service.http.openai.shapes import (
    ChatChunk,
    ChatChunkChoice,
    ChatDelta,
    FinishReason,
    UsageResponse,
    usage_of,
)
from service.http.services import Services
from service.store.sql.events import Event, EventLog
from service.store.sql.requests.request_records import Request
from service.subscriptions.requests import Topic

DONE = b"data: [DONE]\n\n"


@dataclass(eq=False)
class Choice:
    """One of the `n` answers, and what was sent of it."""

    index: int
    topic: Topic
    log: EventLog | None = None
    place: Event | None = None
    """The log and the place in the queue as of the last look."""
    seq: int = 0
    """The last event of its log that was read."""
    text: StreamedText = field(default_factory=StreamedText)
    done: bool = False


@dataclass
class ChatStream:
    """The streamed answer to one call."""

    request: web.Request
    services: Services
    parameters: CreateChatCompletionParameters
    requests: Sequence[Request]
    choices: list[Choice] = field(default_factory=list)

    async def send(self) -> web.StreamResponse:
        """Send the chunks until the answers are complete, or one of them failed."""
        with ExitStack() as stack:
            subscribe = self.services.subscriptions.subscribe
            for index, accepted in enumerate(self.requests):
                self.choices.append(Choice(index, stack.enter_context(subscribe(accepted.id))))
            return await send_events(
                self.request,
                self._batches,
                self.choices[0].topic.notify,
                opening=b"".join(
                    self._chunk(choice, ChatDelta("assistant", "")) for choice in self.choices
                ),
                headers={"x-request-id": self.requests[0].id, "Cache-Control": "no-cache"},
            )

    def _batches(self, stream: OpenStream) -> AsyncIterator[Sequence[bytes]]:
        topics = [choice.topic for choice in self.choices]
        return follow(self.services, topics, stream, self._all_news, error_event, live=True)

    async def _all_news(self) -> tuple[list[bytes], bool]:
        batch = [piece for choice in self.choices for piece in self._news(choice)]
        is_last = all(choice.done for choice in self.choices)
        return ([*batch, *self._usage(), DONE] if is_last else batch), is_last

    def _news(self, choice: Choice) -> Iterator[bytes]:
        """The unsent chunks of an answer. Raises Problem."""
        if choice.done:
            return
        log, place = log_of_topic(choice.topic), choice.topic.place
        if log is not choice.log or place is not choice.place:  # else only the live text has grown
            choice.log, choice.place = log, place
            for event in choice.topic.after(choice.seq):
                choice.seq = event.seq
                yield from self._piece(choice, event)
        if not log.final:
            if live := choice.topic.live.text:
                yield from self._words(choice, choice.text.catch_up(live))
            return
        if problem := failure(log):
            raise problem
        yield from self._words(choice, choice.text.finish(content_of(self.request, log)))
        reason = finish_reason(self.parameters.longest, origin_of(log.record))
        choice.done = True
        yield self._chunk(choice, ChatDelta(), reason)

    def _piece(self, choice: Choice, event: Event) -> Iterator[bytes]:
        data = msgspec.json.decode(event.data)
        if comment := position_comment(event, data):
            yield comment
        elif event.name == "started" and data["part"] == "text":
            choice.text.restart()
        elif event.name == "text.delta":
            yield from self._words(choice, choice.text.add(data["text"]))

    def _words(self, choice: Choice, new: str) -> Iterator[bytes]:
        """The chunk with new text, if there is any."""
        if new:
            yield self._chunk(choice, ChatDelta(content=new))

    def _chunk(self, choice: Choice, delta: ChatDelta, reason: FinishReason | None = None) -> bytes:
        return self._encoded([ChatChunkChoice(choice.index, delta, reason)], msgspec.UNSET)

    def _usage(self) -> Iterator[bytes]:
        """The chunk with the tokens, if the client wants it."""
        options = self.parameters.stream_options
        if options is not None and options.include_usage:
            logs = [choice.topic.log() for choice in self.choices]
            yield self._encoded([], usage_of([origin_of(log.record) for log in logs if log]))

    def _encoded(
        self, choices: list[ChatChunkChoice], usage: UsageResponse | msgspec.UnsetType | None
    ) -> bytes:
        first = self.requests[0]
        chunk = ChatChunk(
            f"chatcmpl-{first.id}", int(first.created_at), self._model(), choices, usage
        )
        return b"data: %b\n\n" % msgspec.json.encode(chunk)

    def _model(self) -> str:
        """What wrote the text; before its end the model of its pool, as far as that is known."""
        log = self.choices[0].topic.log() if self.choices else None
        if log and (model := origin_of(log.record).get("model")):
            return str(model)
        names = (log.record.waiting if log else self.requests[0]).models
        pool = self.services.monitor.pools.get(names.get("text", "text"))
        return (pool.model_name if pool else "") or self.parameters.model
