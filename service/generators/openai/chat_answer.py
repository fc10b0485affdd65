"""One answer of a chat completion while it arrives, streamed or whole, in any of its formats."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from feedmill import sse
from service.generators.openai.characters import Characters
from service.generators.openai.chunk import Chunk, plain_text, read_chunk
from service.generators.protocol import GenerationFailed
from service.generators.servers.http_failures import refusal_in

MAX_ANSWER_CHARACTERS = 100_000
"""Far more than any post has; a model that does not stop is cut off here."""

LAST_WORDS_SECONDS = 10.0
"""After what looks like the last word: for the token counts, and for more words, because some
servers send a finish reason too early. Most close the connection at once."""

FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
LONGEST_FIELD = max(FIELDS, key=len)
"""The beginnings of lines of an event stream; the longest tells how many bytes show the format."""

MAX_TRIED_BYTES = 10_000_000
"""Decoded at most to find the end of an object before the end of the response. More would hold up
the event loop if each of many pieces ends like an object."""

MAX_BODY_BYTES = 16_000_000
"""Of a whole response with its JSON (about 200 bytes per token)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The last event of every complete answer."""

    reason: str
    """"stop" or, when max_tokens was reached, "length"."""
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Rejected(GenerationFailed):
    """A refusal, as an HTTP status or inside an answer; `answer` is the server's text."""

    def __init__(self, failure: GenerationFailed, status: int, answer: str) -> None:
        super().__init__(
            str(failure),
            retryable=failure.retryable,
            retry_after=failure.retry_after,
            cause=failure.cause,
            detail=failure.detail,
        )
        self.status = status
        self.answer = answer


class ChatAnswer:
    """The state of one answer while it arrives; `streamed` is the format in its headers."""

    def __init__(self, *, streamed: bool) -> None:
        self.over = False
        self._streamed = streamed
        self._head: bytes | None = b""
        """The first bytes, until they show the format of the body."""
        self._plain = False
        """Whether the last chunk had words: then the next one has probably nothing else."""
        self._alive = False
        """Whether a word or a thought has arrived."""
        self._length = 0
        self._size = 0
        self._events = sse.EventParser("surrogateescape")
        self._characters = Characters()
        self._whole = bytearray()
        self._tried = 0  # bytes decoded before the end, to see whether the object is complete
        self._done = False
        self._reason: str | None = None
        self._ended = False
        """Whether the last chunk with words, or one after it, had a reason."""
        self._hasty = False
        """Whether words came after a finish reason: then only the end of the stream counts."""
        self._logprobs = 0.0
        self._tokens = 0
        self._model: str | None = None
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None
        self._cached_tokens: int | None = None
        self._reasoning_tokens: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all words have arrived, even if the stream has not ended properly."""
        return self._done or (self._ended and not self._hasty and self._length > 0)

    @property
    def mean_logprob(self) -> float | None:
        """The mean log-probability of the tokens so far; None if the server does not say."""
        return self._logprobs / self._tokens if self._tokens else None

    def deadline(self, first: float, end: float) -> float:
        """The loop time until which to wait for the next bytes."""
        if self.complete:
            return min(end, asyncio.get_running_loop().time() + LAST_WORDS_SECONDS)
        return end if self._alive or not self._streamed else first

    def take(self, data: bytes, *, lost: bool = False) -> list[str]:
        """The texts in the next bytes of the body; no bytes mean its end.

        With `lost` they are the last bytes of a body that should be longer.
        """
        self.over = lost or not data
        self._size += len(data)
        if self._size > MAX_BODY_BYTES:
            raise too_long()
        try:
            texts = self._read_body(self._opened(data))
        except GenerationFailed:
            raise
        except (sse.NotAnEventStream, ValueError, RecursionError) as problem:
            if lost and not self.complete:
                return []  # half an answer: the caller reports the lost connection instead
            raise GenerationFailed(
                "The text service answered with something that cannot be used.",
                retryable=True,
                detail=f"{type(problem).__name__} in the answer",
            ) from problem
        if self.over:
            texts.append(self._characters.finish())
        return [text for text in texts if text]

    def ending(self) -> Ending:
        """The Ending; raises GenerationFailed if the stream just stopped."""
        if not self._done and self._reason is None:
            raise broken_off()
        return Ending(
            self._reason or "stop",
            self._model,
            self._prompt_tokens,
            self._completion_tokens,
            self._cached_tokens,
            self._reasoning_tokens,
        )

    def _opened(self, data: bytes) -> bytes:
        """The bytes to read now; none until the first bytes show the format of the body.

        Headers do not show it: some servers do not stream although asked to, or send a stream as
        text/plain.
        """
        if self._head is None:
            return data
        self._head += data
        start = self._head.removeprefix(sse.BYTE_ORDER_MARK).lstrip()
        if not self.over and (len(start) < len(LONGEST_FIELD)) and not start.startswith(b"{"):
            return b""
        if start.startswith((b"{", b"[")):
            self._streamed = False
        elif start.startswith(FIELDS):
            self._streamed = True
        data, self._head = self._head, None
        return data

    def _read_body(self, data: bytes) -> list[str]:
        if not self._streamed:
            return self._read_object(data)
        texts = [text for event in self._events.feed(data) for text in self._event(event)]
        try:
            rest = self._events.finish() if self.over else ()
            return texts + [text for event in rest for text in self._event(event)]
        except ValueError:
            if not self.complete:
                raise
            return texts  # only an event that is not needed was cut off

    def _read_object(self, data: bytes) -> list[str]:
        """The text of the object once it is complete, or of one object per line."""
        self._whole += data
        if not self.over:
            if self._tried > MAX_TRIED_BYTES or not self._whole[-80:].rstrip().endswith(b"}"):
                return []
            self._tried += len(self._whole)
        try:
            answer = decoded(text_of(self._whole))
            is_whole = read_chunk(answer).whole
        except ValueError:
            if not self.over:
                return []
            lines = text_of(self._whole).splitlines()
            return [self._read(decoded(line)) for line in lines if line.strip()]
        self.over = self.over or is_whole
        if not self.over:
            return []
        text = self._read(answer)
        if is_whole:  # nothing of it is missing, even if it does not say why it ends
            self._reason = self._reason or "stop"
        return [text]

    def _event(self, event: sse.ServerSentEvent) -> list[str]:
        try:
            return self._data(event.data, event.name)
        except ValueError:
            if "\n" not in event.data:
                raise
            # a server without empty lines between events
            return [text for line in event.data.splitlines() for text in self._data(line)]

    def _data(self, data: str, name: str = "") -> list[str]:
        """The texts of an event; one that is not JSON has none."""
        if self._plain and not self._done and name in ("", "message"):
            if text := plain_text(data):
                return [self._add(text)]
            self._plain = False
        data = data.strip().lstrip("\ufeff")
        if data.strip('[]"').upper() == "DONE":
            self.over = self._done = True
        if self._done or not data.startswith(("{", "[")):
            return []
        answer = decoded(data)
        if name == "error" and isinstance(answer, dict):
            raise error_rejection(answer.get("error") or answer)
        return [self._read(answer)]

    def _read_usage(self, chunk: Chunk) -> None:
        if chunk.prompt_tokens is not None:
            self._prompt_tokens = chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self._completion_tokens = chunk.completion_tokens
        if chunk.cached_tokens is not None:
            self._cached_tokens = chunk.cached_tokens
        if chunk.reasoning_tokens is not None:
            self._reasoning_tokens = chunk.reasoning_tokens

    def _read(self, answer: Any) -> str:
        chunk = read_chunk(answer)
        if chunk.error is not None:
            raise error_rejection(chunk.error)
        if chunk.declined:
            raise GenerationFailed(
                "The text model declined this prompt.",
                retryable=False,
                detail=f"finish reason {chunk.reason}" if chunk.reason else "a refusal",
            )
        if chunk.broken:
            raise broken_off()
        self._model = self._model or chunk.model
        self._logprobs += sum(chunk.logprobs)
        self._tokens += len(chunk.logprobs)
        self._read_usage(chunk)
        self._alive = self._alive or chunk.thought or bool(chunk.text)
        self._plain = bool(chunk.text and self._model) and not self._tokens
        text = self._add(chunk.text) if chunk.text else ""
        if chunk.reason or (chunk.closing and self._length):
            self._reason = chunk.reason or self._reason or "stop"
            self._ended = True
        return text

    def _add(self, text: str) -> str:
        """The whole characters of the next text."""
        self._hasty = self._hasty or self._ended
        self._ended = False
        self._length += len(text)
        if self._length > MAX_ANSWER_CHARACTERS:
            raise too_long()
        return self._characters.feed(text)


def decoded(text: str) -> Any:
    """Decode any JSON; raises ValueError. Halves of surrogate pairs are kept."""
    return json.loads(text, strict=False)


def text_of(body: bytes | bytearray) -> str:
    """A whole body as text, decoded by its byte order mark if it has one."""
    body = bytes(body)
    encoding = json.detect_encoding(body)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    return body.decode(encoding, errors)


def error_rejection(error: Any) -> Rejected:
    """The failure for an error inside an answer."""
    failure, status = refusal_in("text", error)
    return Rejected(failure, status, str(error))


def broken_off() -> GenerationFailed:
    return GenerationFailed(
        "The text service broke off in the middle of its answer.", retryable=True
    )


def too_long() -> GenerationFailed:
    return GenerationFailed("The answer of the text service is too long.", retryable=False)
