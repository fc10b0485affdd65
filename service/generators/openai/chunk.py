"""One JSON object of a chat completion, in any of the formats that servers use.

Only the needed fields are read, and fields in unknown forms are ignored: an odd usage object or an
empty error loses no text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from service.generators.openai.characters import SURROGATE
from service.generators.servers.http_failures import error_in

REASONS = (
    *("finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason"),
    *("finish_details", "native_finish_reason"),
)
ENDED = ("done", "is_finished", "finished")
"""Flags that are true in the last chunk, of servers that give no finish reason."""

NO_REASON = frozenset(
    {
        *("", "null", "none", "nil", "undefined", "false", "0", "not_finished", "unfinished"),
        *("in_progress", "running", "continue", "finish_reason_unspecified"),
    }
)
DECLINED = frozenset({"content_filter", "content_filtered", "safety", "prohibited_content"})
BROKEN = frozenset({"error", "abort", "aborted", "cancelled", "canceled"})
"""Finish reasons that mean that the text is incomplete."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One event of a stream, or a whole answer."""

    text: str
    thought: bool
    """Whether it has thoughts of the model: no text yet, but a sign of life."""
    reason: str | None
    """The finish reason in lower case; None if the answer does not end here."""
    declined: bool
    broken: bool
    whole: bool
    """Whether it is a whole message and not a piece of one."""
    closing: bool
    """Whether it only has the token counts, which follow the last word."""
    error: Any
    model: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cached_tokens: int | None = None
    """Of those of the prompt."""
    reasoning_tokens: int | None = None
    """Of those of the answer."""
    logprobs: tuple[float, ...] = ()
    """Of its tokens, from servers that were asked for them."""


class _PlainDelta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    content: str
    role: str | None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None
    reasoning: None = None
    reasoning_content: None = None


class _PlainChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    delta: _PlainDelta
    index: int = 0
    finish_reason: None = None
    stop_reason: None = None
    logprobs: None = None
    token_ids: None = None


class _PlainChunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chunk with the next characters, and nothing else that needs to be read."""

    choices: tuple[_PlainChoice]
    id: str = ""
    object: str = ""
    created: float = 0
    model: str = ""
    system_fingerprint: str | None = None
    service_tier: str | None = None
    obfuscation: str = ""
    usage: None = None


_PLAIN = msgspec.json.Decoder(_PlainChunk)


def plain_text(data: str) -> str | None:
    """The text of a chunk that has nothing but text, as most have; None for any other.

    A tenth of the time that `decoded` and `read_chunk` take.
    """
    try:
        return _PLAIN.decode(data).choices[0].delta.content
    except (msgspec.DecodeError, UnicodeError):
        return None


def read_chunk(answer: Any) -> Chunk:
    """Read a decoded object."""
    chunk = _table(answer[0] if isinstance(answer, list) and answer else answer)
    choices = chunk.get("choices")
    choice = _table(choices[0] if isinstance(choices, list) and choices else choices)
    delta, message = choice.get("delta"), choice.get("message")
    words = delta if isinstance(delta, dict) else message
    whole = words is message and isinstance(message, dict)
    if not isinstance(words, dict):
        words = {"content": choice.get("text")}
    text, thought = _content(words.get("content"))
    reason = _reason(choice) or _reason(chunk)
    usage = _table(chunk.get("usage"))
    model = chunk.get("model")
    return Chunk(
        text,
        thought or _thinks(words),
        reason,
        declined=reason in DECLINED or bool(words.get("refusal")),
        broken=reason in BROKEN,
        whole=whole,
        closing=bool(usage) and choices == [],
        error=error_in(chunk),
        model=model if isinstance(model, str) and model and not SURROGATE.search(model) else None,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(_table(usage.get("prompt_tokens_details")).get("cached_tokens")),
        reasoning_tokens=_count(
            _table(usage.get("completion_tokens_details")).get("reasoning_tokens")
        ),
        logprobs=_logprobs(choice.get("logprobs")),
    )


def _logprobs(value: Any) -> tuple[float, ...]:
    tokens = _table(value).get("content")
    values = (
        _table(token).get("logprob") for token in (tokens if isinstance(tokens, list) else ())
    )
    return tuple(float(value) for value in values if isinstance(value, int | float))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _content(content: Any) -> tuple[str, bool]:
    """The text, and whether there are thoughts beside it."""
    if isinstance(content, str):
        return content, False
    parts = content if isinstance(content, list) else [content]
    texts, thought = [], False
    for part in map(_table, parts):
        if part.get("type", "text") in ("text", "output_text"):
            text = part.get("text")
            texts.append(text if isinstance(text, str) else "")
        else:
            thought = thought or bool(part)
    return "".join(texts), thought


def _thinks(words: dict[str, Any]) -> bool:
    names = ("reason", "think", "thought")
    return any(value and any(name in key for name in names) for key, value in words.items())


def _reason(fields: dict[str, Any]) -> str | None:
    for name in REASONS:
        value = fields.get(name)
        if isinstance(value, dict):
            value = value.get("type") or value.get("reason")
        word = "" if value is None else str(value).strip().lower()
        if word not in NO_REASON:
            return word if isinstance(value, str) else "stop"
    return "stop" if any(fields.get(name) is True for name in ENDED) else None


def _count(value: Any) -> int | None:
    """A number of tokens, also from a string."""
    try:
        count = int(float(value)) if isinstance(value, str | int | float) else -1
    except (ValueError, OverflowError):
        return None
    return count if count >= 0 and not isinstance(value, bool) else None
