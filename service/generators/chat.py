"""A streaming client for every server that speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from service import sse
from service.generators.http_client import LARGEST_ERROR, error_code, in_plain_words
from service.generators.http_failures import refused
from service.generators.protocol import GenerationFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

LONGEST_ANSWER = 100_000
"""Characters: far more than any post; a model that has lost its end is cut off here."""

GOODBYE = 2.0
"""Seconds to wait for the token counts, which may follow the last word."""

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


class ContentPart(msgspec.Struct):
    type: str = ""
    text: str = ""


class Words(msgspec.Struct):
    """The delta of a streamed choice, or the message of a whole one."""

    content: str | list[ContentPart] | None = None
    refusal: str | None = None

    def text(self) -> str:
        if isinstance(self.content, list):
            return "".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class Choice(msgspec.Struct):
    delta: Words | None = None
    message: Words | None = None
    finish_reason: str | None = None


class Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class ServerError(msgspec.Struct):
    code: str | int | None = None
    type: str | None = None


class Chunk(msgspec.Struct):
    """One event of a stream, a whole answer, or an error: only what is needed of them."""

    choices: list[Choice] | None = None
    usage: Usage | None = None
    model: str | None = None
    error: ServerError | str | None = None


class Rejected(GenerationFailed):
    """An HTTP status that is no answer; `said` is what the other side wrote, not for users."""

    def __init__(self, failure: GenerationFailed, status: int, said: str) -> None:
        super().__init__(str(failure), retryable=failure.retryable, retry_after=failure.retry_after)
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
        with in_plain_words("text"):
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
                    try:
                        async with asyncio.timeout_at(answer.deadline(first, end)):
                            data = await response.content.readany()
                    except TimeoutError:
                        if not answer.finished:
                            raise
                        data = b""  # complete, but the other side forgot to say goodbye
                    for text in answer.take(data):
                        yield Piece(text)
                yield answer.ending()
            finally:
                response.close()


class ChatAnswer:
    """What has arrived of one answer; `streamed` as its headers have it."""

    def __init__(self, *, streamed: bool) -> None:
        self.over = False
        self._streamed = streamed
        self._length = 0
        self._size = 0
        self._events = sse.EventParser()
        self._whole = bytearray()
        self._done = False
        self._reason: str | None = None
        self._model: str | None = None
        self._usage = Usage()

    @property
    def finished(self) -> bool:
        """Whether all words are there; what follows is only the bill."""
        return self._reason is not None or self._done

    def deadline(self, first: float, end: float) -> float:
        """Until when to wait for the next bytes."""
        if self.finished:
            return min(end, asyncio.get_running_loop().time() + GOODBYE)
        return end if self._length or not self._streamed else first

    def take(self, data: bytes) -> list[str]:
        """The texts in the next bytes of the body; no bytes are its end."""
        if not self._size and data.lstrip().startswith((b"data:", b"event:", b":")):
            self._streamed = True  # whatever its headers say
        self.over = not data
        self._size += len(data)
        if self._size > LARGEST_BODY:
            raise too_long()
        try:
            if not self._streamed:
                # Some servers do not stream although asked to: the answer is one JSON object.
                self._whole += data
                return self._read(self._whole) if self.over else []
            events = self._events.feed(data) if data else self._events.finish()
            return [text for event in events for text in self._event(event.data)]
        except (sse.NotAnEventStream, msgspec.MsgspecError, UnicodeError) as problem:
            raise GenerationFailed(
                "The text service answered with something that cannot be used.", retryable=True
            ) from problem

    def ending(self) -> Ending:
        """Say how it ended; a stream that just stops has lost something."""
        if not self.finished:
            raise GenerationFailed(
                "The text service broke off in the middle of its answer.", retryable=True
            )
        return Ending(
            self._reason or "stop",
            self._model,
            self._usage.prompt_tokens,
            self._usage.completion_tokens,
        )

    def _event(self, data: str) -> list[str]:
        if data.strip() == "[DONE]":
            self.over = self._done = True
        return [] if self._done else self._read(data.encode(errors="replace"))

    def _read(self, data: bytes | bytearray) -> list[str]:
        chunk = msgspec.json.decode(data, type=Chunk)
        if chunk.error is not None:
            raise told(chunk.error)
        self._model = self._model or chunk.model
        self._usage = chunk.usage or self._usage
        texts = []
        for choice in (chunk.choices or [])[:1]:
            words = choice.delta or choice.message or Words()
            if words.refusal or choice.finish_reason == "content_filter":
                raise GenerationFailed("The text model declined this prompt.", retryable=False)
            self._reason = choice.finish_reason or self._reason
            texts.append(words.text())
        self._length += sum(map(len, texts))
        if self._length > LONGEST_ANSWER:
            raise too_long()
        return [text for text in texts if text]


async def rejection(response: aiohttp.ClientResponse) -> Rejected:
    """Read what the other side says about its refusal; the status alone will do, too."""
    body = bytearray()
    with contextlib.suppress(aiohttp.ClientError):
        while len(body) < LARGEST_ERROR and (data := await response.content.readany()):
            body += data
    failure = refused("text", response.status, response.headers, error_code(bytes(body)))
    return Rejected(failure, response.status, body.decode(errors="replace"))


def told(error: ServerError | str) -> GenerationFailed:
    """The failure behind an error that arrives inside a stream."""
    problem = error if isinstance(error, ServerError) else ServerError()
    code = str(problem.code)
    status = int(code) if code.isdigit() and len(code) == 3 else 500  # noqa: PLR2004 - HTTP's
    return refused("text", status, {}, problem.type if code.isdigit() else code)


def too_long() -> GenerationFailed:
    return GenerationFailed("The answer of the text service is too long.", retryable=False)
