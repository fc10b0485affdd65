"""A streaming client for servers with OpenAI's chat completions API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import aiohttp

from service.generators.openai.chat_answer import ChatAnswer, Ending, Rejected
from service.generators.servers.http_client import (
    MAX_ERROR_BYTES,
    error_code,
    in_plain_words,
    left_over,
    words,
)
from service.generators.servers.http_failures import refused
from service.generators.servers.provider_quota import ProviderQuota

PACED_ANSWERS = 200
"""At once from one server, beyond which their tokens are read several at a time."""

READ_SECONDS_OF_EACH = 0.0005
"""Between two reads of a paced answer, for each answer: 2,000 reads a second in all. Waking up for
a token costs ten times what reading it does."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The next characters of the answer, token by token."""

    texts: Sequence[str]
    mean_logprob: float | None = None
    """Of the tokens so far, from servers that were asked for `logprobs`."""


class ChatClient:
    """A client of one server, over a session that belongs to the caller.

    `first_token` and `total` limit the seconds until the first words and until the end.
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
        self._answers = 0  # that are read now
        self.quota = ProviderQuota()

    async def stream(self, body: Mapping[str, Any]) -> AsyncGenerator[Pieces | Ending]:
        """Pieces as they arrive, then one Ending; close it (contextlib.aclosing) to stop early.

        Raises GenerationFailed, and its subclass Rejected for a status other than 200. The
        connection is closed in every case, which makes the server stop.
        """
        started = asyncio.get_running_loop().time()
        end = started + self._total
        first = min(started + self._first_token, end)
        with in_plain_words("text", lambda: self._url, self._key):
            async with asyncio.timeout_at(first):
                response = await self._session.post(
                    self._url, json=body, headers=self._headers, allow_redirects=False
                )
            self.quota.observe(response.headers)
            self._answers += 1
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
                    if texts := answer.take(data, lost=lost is not None):
                        yield Pieces(texts, answer.mean_logprob)
                    if lost and not answer.complete:
                        raise lost if isinstance(lost, TimeoutError) else cut_off(lost)
                    if self._answers > PACED_ANSWERS and not answer.complete:
                        await _gather_tokens(response, self._answers * READ_SECONDS_OF_EACH)
                yield answer.ending()
            finally:
                self._answers -= 1
                response.close()


async def _gather_tokens(response: aiohttp.ClientResponse, seconds: float) -> None:
    """Leave what arrives within these seconds to the kernel, to read it at once."""
    if response.connection is None or (protocol := response.connection.protocol) is None:
        return
    protocol.pause_reading()
    try:
        await asyncio.sleep(seconds)
    finally:
        protocol.resume_reading()


async def rejection(response: aiohttp.ClientResponse) -> Rejected:
    """The failure for a status other than 200, with what the body says, if it can be read."""
    body = bytearray()
    with contextlib.suppress(aiohttp.ClientError):
        while len(body) < MAX_ERROR_BYTES and (data := await response.content.readany()):
            body += data
    answer = body.decode(errors="replace")
    code = error_code(bytes(body))
    failure = refused("text", response.status, response.headers, code, words(answer))
    return Rejected(failure, response.status, answer)


def cut_off(problem: Exception) -> aiohttp.ClientPayloadError:
    """Any lost connection as one in the middle of an answer: the server was up."""
    error = aiohttp.ClientPayloadError(f"{type(problem).__name__} {problem}")
    error.__cause__ = problem
    return error
