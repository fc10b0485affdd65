"""A streaming client for every server that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from service import sse
from service.generators.http_client import (
    LARGEST_ERROR,
    error_code,
    in_plain_words,
    left_over,
    words,
)
from service.generators.http_failures import refusal_in, refused
from service.generators.openai.characters import Characters
from service.generators.openai.chunk import read_chunk
from service.generators.protocol import GenerationFailed

LONGEST_ANSWER = 100_000
"""Characters: far more than any post; a model that has lost its end is cut off here."""

GOODBYE = 10.0
"""Seconds to wait after what looks like the last word: for the token counts, and for more words,
because some servers give a reason to end before they do. Most close the connection at once."""

FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
LONGEST_FIELD = max(FIELDS, key=len)
"""How the lines of an event stream begin, and how many bytes show that."""

LARGEST_BODY = 16_000_000
"""Bytes of a whole response, with all its packaging (about 200 bytes per token)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next characters of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Ending:
    """The last thing of every complete answer."""

    reason: str
    """"stop" or, when max_tokens was reached, "length"."""
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


class Rejected(GenerationFailed):
    """A refusal, by its status or inside an answer; `said` is what the other side wrote."""

    def __init__(self, failure: GenerationFailed, status: int, said: str) -> None:
        super().__init__(
            str(failure),
            retryable=failure.retryable,
            retry_after=failure.retry_after,
            cause=failure.cause,
            detail=failure.detail,
        )
        self.status = status
        self.said = said


class Chat:
    """Asks one endpoint, over a session that belongs to the caller.

    `first_token` and `total` are the seconds until the first words and until the end.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        headers: Mapping[str, str],
        *,
        first_token: float,
        total: float,
    ) -> None:
        self._session = session
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = headers
        self._headers = {"Accept": "text/event-stream, application/json", **headers}
        self._first_token = first_token
        self._total = total

    async def stream(self, body: Mapping[str, Any]) -> AsyncGenerator[Piece | Ending]:
        """Pieces as they arrive, then one Ending; close it (contextlib.aclosing) to stop early.

        Raises GenerationFailed, as Rejected for an HTTP status that is no answer. The connection
        is closed whichever way it ends, which makes the server stop.
        """
        started = asyncio.get_running_loop().time()
        end = started + self._total
        first = min(started + self._first_token, end)
        with in_plain_words("text", lambda: self._url, self._key):
            async with asyncio.timeout_at(first):
                response = await self._session.post(
                    self._url, json=body, headers=self._headers, allow_redirects=False
                )
            try:
                if response.status != HTTPStatus.OK:
                    async with asyncio.timeout_at(first):
                        raise await rejection(response)
                answer = ChatAnswer(streamed=response.content_type == "text/event-stream")
                while not answer.over:
                    lost: Exception | None = None
                    try:
                        async with asyncio.timeout_at(answer.deadline(first, end)):
                            data = await response.content.readany()
                    except (TimeoutError, aiohttp.ClientError, OSError) as problem:
                        lost, data = problem, left_over(response.content)
                    for text in answer.take(data, lost=lost is not None):
                        yield Piece(text)
                    if lost and not answer.complete:
                        raise lost if isinstance(lost, TimeoutError) else cut_off(lost)
                yield answer.ending()
            finally:
                response.close()


class ChatAnswer:
    """What has arrived of one answer; `streamed` as its headers have it."""

    def __init__(self, *, streamed: bool) -> None:
        self.over = False
        self._streamed = streamed
        self._head: bytes | None = b""
        """The first bytes, until they show what is in the body."""
        self._alive = False
        """Whether a word or a thought has come."""
        self._length = 0
        self._size = 0
        self._events = sse.EventParser("surrogateescape")
        self._characters = Characters()
        self._whole = bytearray()
        self._done = False
        self._reason: str | None = None
        self._ended = False
        """Whether the last chunk with words, or one after it, had a reason."""
        self._hasty = False
        """Whether words came after a reason: then only the end of the stream is an end."""
        self._model: str | None = None
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None

    @property
    def complete(self) -> bool:
        """Whether all words are there, although the other side did not say goodbye."""
        return self._done or (self._ended and not self._hasty and self._length > 0)

    def deadline(self, first: float, end: float) -> float:
        """Until when to wait for the next bytes."""
        if self.complete:
            return min(end, asyncio.get_running_loop().time() + GOODBYE)
        return end if self._alive or not self._streamed else first

    def take(self, data: bytes, *, lost: bool = False) -> list[str]:
        """The texts in the next bytes of the body; no bytes are its end.

        With `lost` they are the last, and the body was to be longer.
        """
        self.over = lost or not data
        self._size += len(data)
        if self._size > LARGEST_BODY:
            raise too_long()
        try:
            texts = self._read_body(self._opened(data))
        except GenerationFailed:
            raise
        except (sse.NotAnEventStream, ValueError, RecursionError) as problem:
            if lost and not self.complete:
                return []  # what was lost is missing from it: no wonder
            raise GenerationFailed(
                "The text service answered with something that cannot be used.",
                retryable=True,
                detail=f"{type(problem).__name__} in the answer",
            ) from problem
        if self.over:
            texts.append(self._characters.finish())
        return [text for text in texts if text]

    def ending(self) -> Ending:
        """Say how it ended; a stream that just stops has lost something."""
        if not self._done and self._reason is None:
            raise broken_off()
        return Ending(
            self._reason or "stop",
            self._model,
            self._prompt_tokens,
            self._completion_tokens,
        )

    def _opened(self, data: bytes) -> bytes:
        """The bytes to read now, once the first ones show what is in the body.

        Headers do not: some servers do not stream although asked to, or call a stream text.
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
            return texts  # what was cut off is nothing that is needed

    def _read_object(self, data: bytes) -> list[str]:
        """The text, when the object is there, or every object where each has a line."""
        self._whole += data
        if not self.over and not self._whole.rstrip().endswith(b"}"):
            return []
        try:
            answer = decoded(text_of(self._whole))
            self.over = self.over or read_chunk(answer).whole
        except ValueError:
            if not self.over:
                return []
            lines = text_of(self._whole).splitlines()
            return [self._read(decoded(line)) for line in lines if line.strip()]
        return [self._read(answer)] if self.over else []

    def _event(self, event: sse.ServerSentEvent) -> list[str]:
        try:
            return self._data(event.data, event.name)
        except ValueError:
            if "\n" not in event.data:
                raise
            # no empty lines between the events
            return [text for line in event.data.splitlines() for text in self._data(line)]

    def _data(self, data: str, name: str = "") -> list[str]:
        """The texts of an event; if it is no object, it is packaging."""
        data = data.strip().lstrip("\ufeff")
        if data.strip('[]"').upper() == "DONE":
            self.over = self._done = True
        if self._done or not data.startswith(("{", "[")):
            return []
        answer = decoded(data)
        if name == "error" and isinstance(answer, dict):
            raise told(answer.get("error") or answer)
        return [self._read(answer)]

    def _read(self, answer: Any) -> str:
        chunk = read_chunk(answer)
        if chunk.error is not None:
            raise told(chunk.error)
        if chunk.declined:
            raise GenerationFailed(
                "The text model declined this prompt.",
                retryable=False,
                detail=f"finish reason {chunk.reason}" if chunk.reason else "a refusal",
            )
        if chunk.broken:
            raise broken_off()
        self._model = self._model or chunk.model
        if chunk.prompt_tokens is not None:
            self._prompt_tokens = chunk.prompt_tokens
        if chunk.completion_tokens is not None:
            self._completion_tokens = chunk.completion_tokens
        self._alive = self._alive or chunk.thought or bool(chunk.text)
        if chunk.text:
            self._hasty = self._hasty or self._ended
            self._ended = False
        if chunk.reason or (chunk.closing and self._length):
            self._reason = chunk.reason or self._reason or "stop"
            self._ended = True
        self._length += len(chunk.text)
        if self._length > LONGEST_ANSWER:
            raise too_long()
        return self._characters.feed(chunk.text)


def decoded(text: str) -> Any:
    """JSON of any kind; raises ValueError. Halves of surrogate pairs are let through."""
    return json.loads(text, strict=False)


def text_of(body: bytes | bytearray) -> str:
    """A whole body as text, by its byte order mark where it has one."""
    body = bytes(body)
    encoding = json.detect_encoding(body)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    return body.decode(encoding, errors)


async def rejection(response: aiohttp.ClientResponse) -> Rejected:
    """Read what the other side says about its refusal; the status alone will do, too."""
    body = bytearray()
    with contextlib.suppress(aiohttp.ClientError):
        while len(body) < LARGEST_ERROR and (data := await response.content.readany()):
            body += data
    said = body.decode(errors="replace")
    code = error_code(bytes(body))
    failure = refused("text", response.status, response.headers, code, words(said))
    return Rejected(failure, response.status, said)


def told(error: Any) -> Rejected:
    """The failure behind an error that arrives inside an answer."""
    failure, status = refusal_in("text", error)
    return Rejected(failure, status, str(error))


def cut_off(problem: Exception) -> aiohttp.ClientPayloadError:
    """The same loss as one in the middle of an answer: the server was there."""
    error = aiohttp.ClientPayloadError(f"{type(problem).__name__} {problem}")
    error.__cause__ = problem
    return error


def broken_off() -> GenerationFailed:
    return GenerationFailed(
        "The text service broke off in the middle of its answer.", retryable=True
    )


def too_long() -> GenerationFailed:
    return GenerationFailed("The answer of the text service is too long.", retryable=False)
