"""The sentences before an order: "I run a pottery in Leek. Write a post about our open day"."""

from __future__ import annotations

import re

from service.generators.prompt.form.briefing import about_form
from service.generators.prompt.form.leftovers import ORDERED_ASIDE, TO_READERS
from service.generators.prompt.subject.orders import order_of

ORDERING = re.compile(
    r"(?:(?:and|so|then|please|now)\s+)*(?:(?:can|could|would)\s+(?:you|u)\s+|(?:i|we)(?:'d)?\s+(?:need|want|would\s+like|like)\s+(?:you\s+to\s+)?)?(?:please\s+)?"
    r"(?:write|make|create|draft|compose|do|prepare|announce|advertise|promote|introduce|invite|remind|tell|ask|thank|apologi[sz]e|describe|congratulate|warn|inform|"
    r"(?:an?\s+)?(?:(?:short|quick|small|friendly|nice)\s+)?(?:post|caption|text|ad|announcement|message|note|notice|something))\b(?!\s+(?:your|you)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that orders a text, behind others that tell its background."""


def ordered_at(found: list[str], language: str) -> int:
    """The place of the sentence that gives the order; 0 where the first does, or none."""
    if language != "en" or order_of(found[0], language) or found[0].endswith("?"):
        return 0
    for at, sentence in enumerate(found[1:], 1):
        aside = TO_READERS.fullmatch(sentence) or ORDERED_ASIDE.fullmatch(sentence)
        if ORDERING.match(sentence) and not (aside or about_form(sentence)):
            order = order_of(sentence, language)
            return at if order and order.name not in {"", "request"} else 0
    return 0
