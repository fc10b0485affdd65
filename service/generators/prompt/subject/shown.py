"""What a picture of a prompt shows, and what it must not show."""

from __future__ import annotations

import re

from service.generators.prompt.subject.facts import PATTERN
from service.generators.prompt.subject.negation import without_negated
from service.generators.prompt.subject.orders import Order

UNSEEN = frozenset({"link", "email", "handle", "percent", "price", "day", "hour", "phone"})
"""Facts that are read, not seen; a number may count something that is drawn."""

BEFORE = re.compile(
    r"[\s,]*\b(?:on|at|from|until|till|by|before|after|to|for|of|only|just|am|um|ab|bis|vom|zum|der|den|el|le|il|la|no|na|em|às|alle|à|desde|"
    r"hasta|dal|al|a|les|las|los)\s*$",
    re.IGNORECASE,
)
"""Words that only lead to such a fact."""

SPOKEN_TO = re.compile(
    r"\b(?:we|you|i|they)\s+(?:are\s+|'re\s+)?(?:happy|glad|sorry|pleased|excited|proud|invited)\s+"
    r"(?:to|that)\b(?:\s+\w+)?",
    re.IGNORECASE,
)
TOKEN = re.compile(r"[^\W_]+|[.,;:!?()&+/%$€£#\n]")


def shown(bare: str, order: Order, statements: tuple[str, ...] = ()) -> str:
    """What the picture is of: without the order, whom it is for, dates, prices and links.

    `bare` is the prompt without its constraints. Negated things stay: the illustrator needs their
    place in the sentence.
    """
    text = bare
    if order.name:
        text = ". ".join((f"{order.feast} {order.subject}".strip(), *statements))
    text = SPOKEN_TO.sub(" ", text)
    return re.sub(r"[\s,]*,[\s,]*", ", ", _without_facts(text)).strip(" ,") or bare


def _without_facts(text: str) -> str:
    """The text with a comma for each fact that is not seen; a bare "Sunday" or "morning" stays."""
    parts, at = list[str](), 0
    for fact in PATTERN.finditer(text):
        if fact.lastgroup not in UNSEEN or (
            fact.lastgroup in {"day", "hour"} and fact[0].isalpha()
        ):
            continue
        parts += [BEFORE.sub("", text[at : fact.start()]), ", "]
        at = fact.end()
    return "".join((*parts, text[at:]))


def absent(bare: str, language: str) -> tuple[str, ...]:
    """The words of what must not be there: "no people, without cars"."""
    tokens = TOKEN.findall(bare.lower())
    return tuple(word for word in without_negated(tokens, language).words if word[0].isalnum())
