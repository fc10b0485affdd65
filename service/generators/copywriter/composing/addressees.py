"""Readers that a prompt names: "Tell allotment holders that" writes to allotment holders."""

from __future__ import annotations

import re

from service.generators.prompt.form.authors import inner_start
from service.generators.prompt.subject.orders import Order

TOLD = frozenset({"announce", "remind", "request", "apologise"})
"""Orders whose readers are addressed."""

ANYBODY = re.compile(
    r"(?:(?:our|the|my|all|every|these|dear|all\s+our|all\s+the|new|valued|loyal|local|other)\s+)*(?:[\w-]+)$",
    re.IGNORECASE,
)
"""Readers in one word: "our customers" need no salutation."""

SEVERAL = re.compile(
    r"(?<!s)s\b|\b(?:everyone|everybody|people|children|staff|parents|men|women)\b", re.IGNORECASE
)
"""Signs of several readers."""
OWN = re.compile(r"^(?:(?:our|the|my|all|all\s+our|all\s+the|these)\s+)+", re.IGNORECASE)


def to_whom(order: Order, text: str, language: str) -> str:
    """The text with its readers before it where the prompt says more of them than one word."""
    whom = order.whom.strip(" ,.:")
    whom = re.sub(r"\s+\w+ly$", "", whom)
    whom = "" if re.search(r"\s(?:of|about|for)$", whom) else whom
    if language != "en" or order.name not in TOLD or not whom:
        return text
    if order.name == "apologise" and order.link in {"whose", "to"}:
        return text
    if ANYBODY.fullmatch(whom) or text.startswith(("Dear ", "To ")):
        return text
    bare = OWN.sub("", whom)
    plural = SEVERAL.search(bare)
    if not plural or bare.lower() in text.lower():
        return text
    small = order.subject[:1].islower() and text[1:5].lower() == order.subject[1:5].lower()
    return f"Dear {bare}, {text[:1].lower() + text[1:] if small else inner_start(text)}"
