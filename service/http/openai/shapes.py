"""The answers of this API, as OpenAI documents them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

FinishReason = Literal["stop", "length"]


class PromptTokensResponse(msgspec.Struct):
    """Which tokens of a prompt are special."""

    cached_tokens: int


class CompletionTokensResponse(msgspec.Struct):
    """Which tokens of an answer are special."""

    reasoning_tokens: int


class UsageResponse(msgspec.Struct):
    """Tokens as far as the generator counts them; null for what it does not."""

    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    prompt_tokens_details: PromptTokensResponse | msgspec.UnsetType = msgspec.UNSET
    completion_tokens_details: CompletionTokensResponse | msgspec.UnsetType = msgspec.UNSET


class ChatMessageResponse(msgspec.Struct):
    """What the model wrote."""

    content: str
    role: Literal["assistant"] = "assistant"
    refusal: None = None


class ChatChoiceResponse(msgspec.Struct):
    """One of the `n` answers."""

    index: int
    message: ChatMessageResponse
    finish_reason: FinishReason
    logprobs: None = None


class ChatCompletionResponse(msgspec.Struct):
    """The answers to a conversation; `model` is what wrote them."""

    id: str
    created: int
    model: str
    choices: list[ChatChoiceResponse]
    usage: UsageResponse | None
    object: Literal["chat.completion"] = "chat.completion"


class ChatDelta(msgspec.Struct, omit_defaults=True):
    """The next piece of an answer."""

    role: str | None = None
    content: str | None = None


class ChatChunkChoice(msgspec.Struct):
    """A piece of one of the `n` answers."""

    index: int
    delta: ChatDelta
    finish_reason: FinishReason | None = None
    logprobs: None = None


class ChatChunk(msgspec.Struct):
    """One event of a streamed answer."""

    id: str
    created: int
    model: str
    choices: list[ChatChunkChoice]
    usage: UsageResponse | msgspec.UnsetType | None = msgspec.UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"


class ImageResponse(msgspec.Struct, omit_defaults=True):
    """A picture: as base64, or as the address of its file."""

    b64_json: str | None = None
    url: str | None = None


class ImageListResponse(msgspec.Struct):
    """The pictures, in the order of their seeds."""

    created: int
    data: list[ImageResponse]


class ModelResponse(msgspec.Struct):
    """A name that the field `model` of a call may have."""

    id: str
    created: int
    owned_by: str = "feedmill"
    object: Literal["model"] = "model"


class ModelListResponse(msgspec.Struct):
    """The names that stand for something here; any other name is accepted as well."""

    data: list[ModelResponse]
    object: Literal["list"] = "list"


def usage_of(origins: Sequence[Mapping[str, Any]]) -> UsageResponse | None:
    """The tokens of all answers together; None if nothing was counted."""
    prompt = [origin.get("prompt_tokens") for origin in origins]
    written = [origin.get("completion_tokens") for origin in origins]
    prompt_tokens = sum(filter(None, prompt)) if None not in prompt else None
    completion_tokens = sum(filter(None, written)) if None not in written else None
    if prompt_tokens is None and completion_tokens is None:
        return None
    total = (
        None
        if prompt_tokens is None or completion_tokens is None
        else prompt_tokens + completion_tokens
    )
    usage = UsageResponse(prompt_tokens, completion_tokens, total)
    cached = [origin["cached_tokens"] for origin in origins if "cached_tokens" in origin]
    thoughts = [origin["reasoning_tokens"] for origin in origins if "reasoning_tokens" in origin]
    if cached:
        usage.prompt_tokens_details = PromptTokensResponse(sum(cached))
    if thoughts:
        usage.completion_tokens_details = CompletionTokensResponse(sum(thoughts))
    return usage
