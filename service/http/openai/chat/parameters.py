"""The parameters of a chat completion, and the prompt and options that follow from them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from service.generators.protocol import CHAT, ChatRequest, Turn
from service.http.openai.calls import OpenAIParameters
from service.http.openai.conversation import Messages, ModelName
from service.http.parameters.parse import refusal
from service.http.parameters.types import Temperature
from service.messages import Options

MAX_TOKENS = 4096  # tokens of a text, as in the options of `POST /content`
NOT_HONOURED = (
    "tools",
    "functions",
    "audio",
    "logprobs",
    "top_logprobs",
    "modalities",
    "logit_bias",
    "web_search_options",
)
"""Fields that would change the answer and cannot be honoured; other unknown ones are ignored."""


class StreamOptions(msgspec.Struct):
    """Whether a last chunk has the token counts."""

    include_usage: bool | None = None


StopWord = Annotated[str, Meta(max_length=200)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]


class CreateChatCompletionParameters(OpenAIParameters, kw_only=True):
    """A conversation to continue."""

    messages: Messages
    model: ModelName = "text"
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int, Meta(ge=1, le=8)] | None = None
    temperature: Temperature | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    stop: StopWord | Annotated[list[StopWord], Meta(max_length=4)] | None = None
    response_format: dict[str, Any] | None = None
    tools: list[Any] | None = None
    functions: list[Any] | None = None
    audio: Any = None
    modalities: list[str] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None

    @property
    def longest(self) -> int | None:
        """The tokens that an answer may have; None for the generator's default."""
        limit = self.max_completion_tokens or self.max_tokens
        return None if limit is None else min(limit, MAX_TOKENS)

    def field_of(self, ability: str) -> str:
        """What this API calls the field that needs an ability."""
        newer = ability == "max_tokens" and self.max_completion_tokens
        return "max_completion_tokens" if newer else ability


def refuse_unsupported(parameters: CreateChatCompletionParameters) -> None:
    """Raises Problem for fields that would change the answer and that no generator honours."""
    for name in NOT_HONOURED:
        value = getattr(parameters, name)
        is_search = name == "web_search_options" and value is not None  # it may be empty
        if is_search or (value and value != ["text"]):
            raise refusal({name: "This service cannot honour it: leave it out."})


def options_of(parameters: CreateChatCompletionParameters, turns: list[Turn]) -> Options:
    """The options of the job: how to write, and the conversation if it is more than the prompt."""
    options: Options = {}
    if parameters.longest is not None:
        options["max_tokens"] = parameters.longest
    if parameters.temperature is not None:
        options["temperature"] = parameters.temperature
    stop = [parameters.stop] if isinstance(parameters.stop, str) else parameters.stop or []
    chat = ChatRequest(
        tuple(turns) if len(turns) > 1 else (),
        tuple(stop),
        parameters.top_p,
        parameters.presence_penalty,
        parameters.frequency_penalty,
        parameters.response_format,
    )
    if chat != ChatRequest():
        options[CHAT] = msgspec.json.encode(chat).decode()
    return options
