"""Abilities: what each generator declares that it honours, and what a job asks for.

They are called like the fields and options that need them. A seed and the messages before a prompt
are declared as well, but no job is refused for them: a generator without them does what it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.generators.protocol import CHAT, CHAT_FIELDS, INPUT_IMAGE, ChatRequest, chat_request

Options = Mapping[str, int | float | str]

TEXT_ABILITIES = frozenset({"seed", "messages", "max_tokens", "temperature"}) | CHAT_FIELDS
IMAGE_ABILITIES = frozenset({"seed", "size", "style", INPUT_IMAGE})
ABILITIES: Mapping[str, frozenset[str]] = {"text": TEXT_ABILITIES, "image": IMAGE_ABILITIES}
"""All that there are, by the kind of the generator."""

UNDECLARED: Mapping[str, frozenset[str]] = {
    "text": frozenset({"seed", "max_tokens", "temperature"}),
    "image": frozenset({"seed", "size", "style"}),
}
"""Those of a generator that declares none; `chat_fields` of its class are added."""

OPTIONS: Mapping[str, frozenset[str]] = {
    "text": frozenset({"max_tokens", "temperature"}),
    "image": frozenset({"size", "style", INPUT_IMAGE}),
}
"""Options that are called like the ability that they need."""

NEUTRAL = ChatRequest(
    top_p=1, presence_penalty=0, frequency_penalty=0, response_format={"type": "text"}
)
"""Values that ask for nothing."""

NONE: frozenset[str] = frozenset()

ANY_SIDES = range(64, 2049)
"""Pixels of a side that the API takes, and a generator that declares none."""


def declared_abilities(generator: Any, kind: str) -> frozenset[str]:
    """The abilities of a generator of this kind, as its attribute `abilities` lists them."""
    declared: Iterable[str] | None = getattr(generator, "abilities", None)
    if declared is None:
        fields: Iterable[str] = getattr(generator, "chat_fields", ())
        declared = UNDECLARED[kind] | (frozenset(fields) & CHAT_FIELDS)
    return frozenset(declared) & ABILITIES[kind]


def declared_sides(generator: Any) -> range:
    """The pixels that a side of a picture may have, as the attribute `sides` says."""
    sides = getattr(generator, "sides", ANY_SIDES)
    return sides if isinstance(sides, range) and sides else ANY_SIDES


def outside_sides(options: Options, sides: range) -> bool:
    """Whether a size is asked for with a side that a generator does not draw."""
    size = str(options.get("size") or "")
    return bool(size) and any(int(side) not in sides for side in size.split("x"))


def needed_abilities(options: Options, kind: str) -> frozenset[str]:
    """The abilities that a part of this kind needs for these options."""
    if not options:
        return NONE
    needed = OPTIONS[kind] & options.keys()
    if kind == "text" and CHAT in options:
        chat = chat_request(str(options[CHAT]))
        needed |= {
            name
            for name in CHAT_FIELDS
            if getattr(chat, name) not in (None, (), getattr(NEUTRAL, name))
        }
    return needed
