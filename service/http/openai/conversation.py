"""Conversations: messages of clients as texts, and the prompt in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from service.generators.protocol import Turn
from service.http.parameters.parse import refusal
from service.http.parameters.types import checked_text

ROLES: dict[str, Literal["system", "user", "assistant"]] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
TEXTS = frozenset({"text", "input_text", "output_text"})
"""The types of parts that are texts."""


class MessagePart(msgspec.Struct):
    """A part of a message: only texts are understood."""

    type: str
    text: str = ""


class InputMessage(msgspec.Struct):
    """One message of the conversation."""

    role: str
    content: str | list[MessagePart] | None = None


Messages = Annotated[list[InputMessage], Meta(min_length=1, max_length=1000)]
ModelName = Annotated[str, Meta(max_length=200)]


def turns_of(
    messages: Sequence[InputMessage],
    longest: int,
    name: str,
    form: Mapping[str, Any] | None = None,
    form_name: str = "response_format",
) -> list[Turn]:
    """The messages as texts. Raises Problem about the parameter `name` or `form_name`.

    `longest` is how many characters they may have together, with the wanted form of the answer.
    """
    try:
        turns = [_turn(message) for message in messages]
        if not any(turn.role == "user" and turn.content.strip() for turn in turns):
            raise ValueError("There must be a message of the user with text in it.")  # noqa: TRY301 - the reason of the parameter
        said = checked_text("".join(turn.content for turn in turns), longest)
    except ValueError as wrong:
        raise refusal({name: str(wrong)}) from None
    try:
        checked_text(said + (msgspec.json.encode(form).decode() if form else ""), longest)
    except ValueError as wrong:
        raise refusal({form_name: f"With the {name}: {wrong}"}) from None
    return turns


def _turn(message: InputMessage) -> Turn:
    role = ROLES.get(message.role)
    if role is None:
        raise ValueError(f"Roles are {', '.join(ROLES)}.")
    content = message.content
    if isinstance(content, list):
        if any(part.type not in TEXTS for part in content):
            raise ValueError("Only parts with text are understood.")
        content = "\n\n".join(part.text for part in content)
    return Turn(role, content or "")


def prompt_of(turns: Sequence[Turn]) -> str:
    """The last message of the user that has text."""
    return next(
        turn.content for turn in reversed(turns) if turn.role == "user" and turn.content.strip()
    )
