"""Facts of a prompt: what a text must keep unchanged and may not add to."""

from __future__ import annotations

import re

from service.generators.prompt.lexicon import several

HARD = re.compile(
    r"""https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.\w[\w.]*|(?<!\w)@\w+|
    [$€£¥]\s?\d[\d.,]*|\d[\d.,:/]*\s?(?:%|€|\$|£|a\.?m\b|p\.?m\b|h\b|km\b|kg\b|euros?\b|dollars?\b|uhr\b|o'clock\b)?|
    \b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:tomorrow|tonight|noon|midnight)\b|
    \b(?:january|february|april|june|july|august|september|october|november|december)\b|(?<!-)\bfree\b(?!\s+time)""",
    re.VERBOSE | re.IGNORECASE,
)
"""Links, addresses, prices, numbers, hours and days: a small model loses or changes them."""

NUMBER_WORDS = several(
    """
    two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    hundred hundreds thousand thousands million millions dozen dozens
    """
)
CAPITAL = re.compile(r"(?<=[\w,;] )(?!I\b|I')[A-Z]\w+")
"""A word with a capital inside a sentence: a name."""


def has_hard_facts(text: str) -> bool:
    """Whether a text has facts that only its author can know."""
    return bool(HARD.search(text))


def lost(prompt: str, text: str) -> bool:
    """Whether a fact of the prompt is not in the text as it was given."""
    said = text.lower()
    return any(found[0].strip(" .,:").lower() not in said for found in HARD.finditer(prompt))


def invents(text: str, prompt: str) -> bool:
    """Whether a text has a number, a day, a price or a name that the prompt has not."""
    known = prompt.lower()
    given = set(re.findall(r"\w+", known))
    hard = any(found[0].strip(" .,:").lower() not in known for found in HARD.finditer(text))
    counted = (NUMBER_WORDS & set(re.findall(r"\w+", text.lower()))) - given
    return hard or bool(counted) or any(c[0].lower() not in given for c in CAPITAL.finditer(text))
