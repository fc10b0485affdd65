"""Texts by any server that speaks OpenAI's chat API: OpenAI, vLLM, llama.cpp, Ollama, LocalAI."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack, aclosing
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Self

import msgspec

from service.generators.chat import Chat, Ending, Piece, Rejected
from service.generators.http_client import Seconds, Url, authorization, open_session
from service.generators.protocol import GenerationFailed, Job, Say, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

SYSTEM = (
    "You write short posts for social media. Answer with the text of the post alone: no preamble,"
    " no title, no quotation marks around it. Keep to the form, length and language that the user"
    " asks for; otherwise write two or three sentences in the language of the request."
)
INSTAGRAM = (
    "Write it as an Instagram caption of one to three sentences, followed by an empty line and"
    " three to six fitting hashtags."
)

OPTIONAL: Mapping[str, str | None] = {
    "seed": None,
    "stream_options": None,
    "temperature": None,
    "max_tokens": "max_completion_tokens",
}
"""Fields that some servers or models refuse, with the newer name where there is one: Mistral knows
no seed, OpenAI's reasoning models no temperature and another max_tokens."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base_url: Url = "https://api.openai.com/v1"
    """Everything before /chat/completions."""
    model: Annotated[str, msgspec.Meta(min_length=1)] = "gpt-4o-mini"
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable with the key; empty where the server wants none."""
    connect_timeout: Seconds = 10.0
    """Seconds to reach the server."""
    first_token_timeout: Seconds = 30.0
    """Seconds from the request to the first words."""
    timeout: Seconds = 120.0
    """Seconds for one text, from the request to its last word."""
    system: str = SYSTEM
    """What the model is told before every prompt; empty to tell it nothing."""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    """Unless the job says otherwise; the server's own default where neither does."""
    max_tokens: Annotated[int, msgspec.Meta(gt=0)] | None = None
    """The same. Reasoning models spend their thoughts from it too."""


class OpenAIText:
    """One request, one text, passed on while it arrives.

    A server that refuses one of the optional fields is asked again without it, and from then on
    never sees it: so the same settings work for every server and model.
    """

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # every generator is given it; this one keeps no files
        self._settings = settings
        self._unwanted: frozenset[str] = frozenset()
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        key = authorization(self._settings.api_key_env)
        session = await self._open.enter_async_context(open_session(self._settings.connect_timeout))
        self._chat = Chat(
            session,
            self._settings.base_url,
            key,
            first_token=self._settings.first_token_timeout,
            total=self._settings.timeout,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    async def generate(self, job: Job, say: Say) -> Written:
        fields = self._fields(job)
        unwanted = self._unwanted
        while True:
            try:
                written = await self._write(_without(fields, unwanted), say)
            except Rejected as rejected:
                refused = _complaints(rejected, fields) - unwanted
                if not refused:
                    raise
                unwanted |= refused
            else:
                self._unwanted = unwanted
                return written

    async def _write(self, body: Mapping[str, Any], say: Say) -> Written:
        text = _Text(say)
        ending = None
        async with aclosing(self._chat.stream(body)) as answer:
            async for event in answer:
                match event:
                    case Piece(piece):
                        text.add(piece)
                    case Ending():
                        ending = event
        if ending is None or not text.said:
            raise GenerationFailed("The text service answered without a text.", retryable=True)
        return Written(
            text.said,
            ending.model or self._settings.model,
            ending.prompt_tokens,
            ending.completion_tokens,
        )

    def _fields(self, job: Job) -> dict[str, Any]:
        settings = self._settings
        system = " ".join(filter(None, (settings.system, INSTAGRAM if job.instagram else "")))
        messages = [{"role": "system", "content": system}] if system else []
        fields = {
            "model": settings.model,
            "messages": [*messages, {"role": "user", "content": job.prompt}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "seed": job.seed,
            "temperature": job.options.get("temperature", settings.temperature),
            "max_tokens": job.options.get("max_tokens", settings.max_tokens),
        }
        return {name: value for name, value in fields.items() if value is not None}


class _Text:
    """Says an answer without the white space around it and without a model's loud thinking."""

    THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
    """Some servers leave the thoughts of a reasoning model in its answer."""

    def __init__(self, say: Say) -> None:
        self.said = ""
        self._say = say
        self._held = ""

    def add(self, piece: str) -> None:
        self._held += piece
        if not self.said:
            self._held = self.THOUGHT.sub("", self._held, count=1).lstrip()
            if self._held.startswith("<think>"[: len(self._held)]):
                return
        ready = self._held.rstrip()
        if ready:
            self._held = self._held[len(ready) :]
            self.said += ready
            self._say(ready)


def _without(fields: Mapping[str, Any], unwanted: Iterable[str]) -> dict[str, Any]:
    body = dict(fields)
    for name in unwanted:
        value = body.pop(name, None)
        if value is not None and (newer := OPTIONAL[name]):
            body[newer] = value
    return body


def _complaints(rejected: Rejected, fields: Mapping[str, Any]) -> frozenset[str]:
    """The optional fields that a refusal speaks of."""
    if rejected.status not in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY):
        return frozenset()
    named = (name for name in OPTIONAL if name in fields)
    return frozenset(name for name in named if re.search(rf"\b{name}\b", rejected.said))
