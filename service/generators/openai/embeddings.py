"""Vectors of texts from servers with OpenAI's embeddings API: OpenAI, vLLM, llama.cpp, Ollama."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import msgspec

from service.generators.servers.http_client import (
    MAX_ERROR_BYTES,
    authorization,
    error_code,
    in_plain_words,
    no_answer,
    open_session,
    read_at_most,
    words,
)
from service.generators.servers.http_failures import error_in, refusal_in, refused

SERVICE = "embeddings"
CONNECT_TIMEOUT_SECONDS = 10.0
MOST_NUMBERS = 4096
"""Dimensions of a vector."""
BYTES_OF_NUMBER = 32  # as JSON, with white space
PACKAGING_BYTES = 65_536


class Vector(msgspec.Struct):
    """One vector of an answer."""

    embedding: list[float]
    index: int | None = None


class Answer(msgspec.Struct):
    """What a server answers."""

    data: list[Vector]


class Embeddings:
    """A client of one server and one model."""

    def __init__(self, base_url: str, model: str, api_key_env: str, timeout: float) -> None:
        """Raises CannotStart if the named variable holds no key. `timeout` is in seconds."""
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._model = model
        self._timeout = timeout
        self._key = authorization(api_key_env)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._session = await self._open.enter_async_context(open_session(CONNECT_TIMEOUT_SECONDS))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vector of each text. Raises GenerationFailed."""
        with in_plain_words(SERVICE, lambda: self._url, self._key):
            async with asyncio.timeout(self._timeout):
                body = await self._request(texts)
            # some megabytes of numbers: not on the event loop
            return await asyncio.to_thread(_vectors, body, len(texts))

    async def _request(self, texts: Sequence[str]) -> bytes:
        fields = {"model": self._model, "input": [*texts]}
        async with self._session.post(
            self._url, json=fields, headers=self._key, allow_redirects=False
        ) as response:
            if not response.ok or response.status >= 300:  # noqa: PLR2004 - redirects are refused
                body = await response.content.read(MAX_ERROR_BYTES)
                text = words(body.decode(errors="replace"))
                raise refused(SERVICE, response.status, response.headers, error_code(body), text)
            most = len(texts) * MOST_NUMBERS * BYTES_OF_NUMBER + PACKAGING_BYTES
            return await read_at_most(response, most, SERVICE)


def _vectors(body: bytes, count: int) -> list[list[float]]:
    """The vectors of an answer, in the order of the texts."""
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise _refusal_in(body) or no_answer(SERVICE) from problem
    found: list[list[float] | None] = [None] * count
    for place, vector in enumerate(answer.data):
        index = place if vector.index is None else vector.index
        if 0 <= index < count and _is_usable(vector.embedding):
            found[index] = vector.embedding
    vectors = [vector for vector in found if vector is not None]
    if len(vectors) != count or len(answer.data) != count:
        raise no_answer(SERVICE)
    if len({len(vector) for vector in vectors}) > 1:
        raise no_answer(SERVICE)
    return vectors


def _is_usable(vector: list[float]) -> bool:
    return 0 < len(vector) <= MOST_NUMBERS and all(map(math.isfinite, vector))


def _refusal_in(body: bytes) -> Exception | None:
    """The failure in an answer with status 200, as some servers report theirs."""
    try:
        error = error_in(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return None if error is None else refusal_in(SERVICE, error)[0]
