"""Texts from servers with OpenAI's chat API: OpenAI, vLLM, llama.cpp, Ollama, LocalAI."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import msgspec

from service.generators.abilities import TEXT_ABILITIES
from service.generators.loops import circle_start
from service.generators.openai.chat import ChatClient, Pieces
from service.generators.openai.chat_answer import Ending, Rejected
from service.generators.openai.thoughts import ThoughtAloud, Thoughts
from service.generators.protocol import (
    GenerationFailed,
    Job,
    Quota,
    Say,
    Turn,
    Written,
)
from service.generators.servers.http_client import (
    Seconds,
    Url,
    authorization,
    check_server,
    open_session,
    reach,
)

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
"""Fields that some servers or models refuse, with the newer name if there is one: Mistral does not
know `seed`, OpenAI's reasoning models neither `temperature` nor `max_tokens`."""

SYSTEM_ROLE = "system role"
"""Stands for the system message, which is in `messages`, among the refused fields."""

NO_SYSTEM = re.compile(
    r"\b(?:system|developer)\b['\"`]?[^.]{0,60}\b(?:role|message|prompt|instruction)"
    r"|\brole[^.]{0,80}\b(?:system|developer)\b"
    r"|\broles? must alternate|\bonly\b[^.]{0,40}\buser\b[^.]{0,40}\bassistant\b"
    r"|\bmust be[^.]{0,40}\buser\b[^.]{0,40}\bassistant\b"
    r"|\bfirst message[^.]{0,40}\buser\b",
    re.IGNORECASE,
)
"""Errors of models without a system role: the chat templates of Gemma and early Mistral models,
OpenAI's o1-mini, Google's API."""

CHECK_CHARACTERS = 50
CHECK_SHARE = 0.05
"""Of the text, or as many characters, between two checks of an answer for loops."""

COMPLAINTS = frozenset({400, 422})
TEMPLATE_ERRORS = frozenset({400, 406, 409, 415, 422, 424, 500, 501})
"""Statuses of template errors, also of servers that report them as internal errors."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    base_url: Url = "https://api.openai.com/v1"
    """Everything before /chat/completions."""
    model: Annotated[str, msgspec.Meta(min_length=1)] = "gpt-4o-mini"
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable with the key; empty if the server needs none."""
    connect_timeout: Seconds = 10.0
    """Seconds to reach the server."""
    first_token_timeout: Seconds = 30.0
    """Seconds from the request to the first words."""
    timeout: Seconds = 120.0
    """Seconds for one text, from the request to its last word."""
    system: str = SYSTEM
    """The system message before every prompt; empty for none."""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    """Used if the job does not set one; without both, the server's default applies."""
    max_tokens: Annotated[int, msgspec.Meta(gt=0)] | None = None
    """The same. The thoughts of reasoning models count, too."""


class OpenAIText:
    """One request per text, which is passed on while it arrives.

    If a server refuses an optional field, the request is repeated without it, and later requests
    leave it out: so the same settings work for every server and model.
    """

    abilities = TEXT_ABILITIES

    def __init__(self, settings: Settings, home: Path) -> None:
        del home  # this generator keeps no files
        self._settings = settings
        self.model_name = settings.model
        self._unwanted: frozenset[str] = frozenset()
        self._aloud = False
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._key = authorization(self._settings.api_key_env)
        self._session = await self._open.enter_async_context(
            open_session(self._settings.connect_timeout)
        )
        self._chat = ChatClient(
            self._session,
            self._settings.base_url,
            self._key,
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
            text = _PostText(say, aloud=self._aloud)
            try:
                written = await self._write(_without(fields, unwanted), text)
            except Rejected as rejected:
                refused = _complaints(rejected, fields) - unwanted
                if text.text or not refused:
                    raise
                unwanted |= refused
            except ThoughtAloud as problem:
                self._aloud = True  # later texts are passed on only after the thoughts have ended
                raise GenerationFailed(
                    "The text model thought aloud.",
                    retryable=True,
                    detail="a closing tag that nothing opened, after words that were passed on",
                ) from problem
            else:
                self._unwanted = unwanted
                self._aloud = self._aloud or text.thought_aloud
                return written

    def quota(self) -> Quota | None:
        return self._chat.quota.quota()

    async def reach(self) -> None:
        await reach(self._settings.base_url, "text")

    async def check(self) -> None:
        """Check that the server answers and accepts the key: a list of models costs nothing."""
        await check_server(
            self._session, f"{self._settings.base_url.rstrip('/')}/models", self._key, "text"
        )

    async def _write(self, body: Mapping[str, Any], text: _PostText) -> Written:
        ending = None
        async with aclosing(self._chat.stream(body)) as answer:
            async for event in answer:
                match event:
                    case Pieces(texts):
                        text.add(texts)
                        if text.repeats_itself():
                            raise GenerationFailed(
                                "The text model repeated itself without end.", retryable=True
                            )
                    case Ending():
                        ending = event
        text.finish()
        if ending is None or not text.text:
            raise GenerationFailed("The text service answered without a text.", retryable=True)
        return Written(
            text.text,
            ending.model or self._settings.model,
            ending.prompt_tokens,
            ending.completion_tokens,
            ending.cached_tokens,
            ending.reasoning_tokens,
        )

    def _fields(self, job: Job) -> dict[str, Any]:
        settings = self._settings
        fields = {
            "model": settings.model,
            "messages": chat_messages(job, settings.system),
            "stream": True,
            "stream_options": {"include_usage": True},
            "seed": job.seed,
            "temperature": job.options.get("temperature", settings.temperature),
            "max_tokens": job.options.get("max_tokens", settings.max_tokens),
            **job.chat.extras,
        }
        return {name: value for name, value in fields.items() if value is not None}


def chat_messages(job: Job, system: str) -> list[dict[str, str]]:
    """The conversation; a system message in it replaces the configured one."""
    turns = job.chat.messages or (Turn("user", job.prompt),)
    messages = [{"role": turn.role, "content": turn.content} for turn in turns]
    if any(turn.role == "system" for turn in turns):
        return messages
    words = " ".join(filter(None, (system, INSTAGRAM if job.instagram else "")))
    return [{"role": "system", "content": words}, *messages] if words else messages


class _PostText:
    """The text in an answer, passed on to `say` without surrounding white space and thoughts."""

    def __init__(self, say: Say, *, aloud: bool) -> None:
        self.text = ""
        self._checked = 0
        self._say = say
        self._thoughts = Thoughts(first=aloud)
        self._held = ""

    @property
    def thought_aloud(self) -> bool:
        """Whether the answer began with a thought without an opening tag."""
        return self._thoughts.closed_unopened

    def add(self, pieces: Iterable[str]) -> None:
        self._pass_on("".join(map(self._thoughts.feed, pieces)))

    def repeats_itself(self) -> bool:
        """Whether the same words come three times in a row; not checked after every token."""
        if len(self.text) < self._checked + max(CHECK_CHARACTERS, CHECK_SHARE * self._checked):
            return False
        self._checked = len(self.text)
        return circle_start(self.text.rstrip()) is not None

    def finish(self) -> None:
        self._pass_on(self._thoughts.finish())

    def _pass_on(self, piece: str) -> None:
        self._held += piece
        if not self.text:
            self._held = self._held.lstrip()
        ready = self._held.rstrip()
        if ready:
            self._held = self._held[len(ready) :]
            self.text += ready
            self._say(ready)


def _without(fields: Mapping[str, Any], unwanted: Iterable[str]) -> dict[str, Any]:
    body = dict(fields)
    for name in unwanted:
        if name == SYSTEM_ROLE:
            body["messages"] = _for_users_only(body["messages"])
            continue
        value = body.pop(name, None)
        if value is not None and (newer := OPTIONAL[name]):
            body[newer] = value
    return body


def _for_users_only(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    """The system messages joined with the first user message; the others stay."""
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    first = next(
        (at for at, message in enumerate(others) if message["role"] == "user"), len(others)
    )
    prompt = [message["content"] for message in others[first : first + 1]]
    joined = {"role": "user", "content": "\n\n".join((*system, *prompt))}
    return [*others[:first], joined, *others[first + 1 :]]


def _complaints(rejected: Rejected, fields: Mapping[str, Any]) -> frozenset[str]:
    """The optional fields that a refusal complains about."""
    complaints: set[str] = set()
    if rejected.status in COMPLAINTS:
        named = (name for name in OPTIONAL if name in fields)
        complaints.update(name for name in named if re.search(rf"\b{name}\b", rejected.answer))
    if rejected.status in TEMPLATE_ERRORS and NO_SYSTEM.search(rejected.answer):
        complaints.add(SYSTEM_ROLE)
    if all(message["role"] != "system" for message in fields["messages"]):
        complaints.discard(SYSTEM_ROLE)
    return frozenset(complaints)
