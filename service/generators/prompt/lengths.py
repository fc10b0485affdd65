"""The lengths that a prompt asks for: sentences, words, characters, items of a list."""

from __future__ import annotations

import re

NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBERS = {name: number for number, name in enumerate(NAMES)} | {"a": 1, "an": 1, "a few": 3}
NUMBER = rf"(?P<number>{'|'.join(sorted(NUMBERS, key=len, reverse=True))}|\d{{1,4}})"

MOST_UNITS = 10
"""Sentences or items at most: a small model has nothing more to say."""

CHARACTERS_PER_WORD, WORDS_PER_SENTENCE = 6, 16
"""Of this model's English, the space included."""

LENGTH = re.compile(
    rf"""[\s,;(]*\b(?:(?:of|in|with|using)\s+(?=at\b|no\b|up\b))?(?:in|using|with|within|of|under|below|max(?:imum)?(?:\s+of)?|at\s+most|no\s+more\s+than|
    not\s+more\s+than|less\s+than|fewer\s+than|up\s+to|about|around|exactly|only|just)\s+(?:about\s+|just\s+|
    only\s+|exactly\s+|under\s+)?{NUMBER}[\s-]+(?:short\s+|brief\s+|simple\s+)?
    (?P<unit>sentences?|words?|characters?|chars?|paragraphs?|lines?)\b(?:\s+(?:or\s+(?:less|fewer)|max))?[)]?""",
    re.VERBOSE | re.IGNORECASE,
)
COUNTED = re.compile(
    rf"\b{NUMBER}[\s-]+(?:(?:short|brief|simple|long)[\s-]+)?(?P<unit>sentences?|words?|paragraphs?|lines?)\b",
    re.IGNORECASE,
)
ADJECTIVAL = re.compile(
    rf"\b(?!one\b|an?\b|1\b){NUMBER}[\s-]+(?:sentence|word|line|paragraph)\b(?!s)", re.IGNORECASE
)
"""The "three-sentence" before a noun."""
ITEMS = re.compile(
    r"""\b(?P<items>(?:[\w-]+\s+)?(?:tips|ideas|ways|reasons|steps|things|facts|benefits|examples|advantages|
    suggestions|rules|habits|activities|topics|questions|names|tricks|mistakes)\b.*)""",
    re.VERBOSE | re.IGNORECASE,
)
COUNTED_ITEMS = re.compile(
    rf"""\b{NUMBER}\s+(?:[\w'-]+\s+){{0,2}}?(?:tips|ideas|ways|reasons|steps|things|facts|benefits|examples|
    advantages|suggestions|rules|habits|activities|topics|questions|names|tricks|mistakes)\b""",
    re.VERBOSE | re.IGNORECASE,
)
LISTING = re.compile(r"(?:please\s+)?(?:list|give|suggest|name|share|tell)\b", re.IGNORECASE)


def lengths(prompt: str) -> tuple[str, int | None, int | None]:
    """Take the requested lengths out of a prompt: the rest, sentences, characters."""
    units = limit = None
    for pattern in (LENGTH, COUNTED):
        for found in pattern.finditer(prompt):
            many = number(found["number"]) or 1
            match found["unit"].lower().rstrip("s"):
                case "sentence" | "line":
                    units = min(many, MOST_UNITS)
                case "word":
                    limit = many * CHARACTERS_PER_WORD
                    units = max(1, min(round(many / WORDS_PER_SENTENCE), MOST_UNITS))
                case "character" | "char":
                    limit = many
                case _:
                    units = min(4 * many, MOST_UNITS)
    rest = ADJECTIVAL.sub(" ", LENGTH.sub(" ", prompt))
    return " ".join(rest.split()).replace(" .", ".") or prompt, units, limit


def items(rest: str) -> int | None:
    """How many items of a list are asked for, None if it does not say."""
    counted = COUNTED_ITEMS.search(rest)
    many = number(counted["number"]) if counted else None
    return min(many, MOST_UNITS) if many and many > 1 else None


def number(text: str | None) -> int | None:
    """The number of a word or of digits."""
    if not text:
        return None
    return NUMBERS.get(text.lower()) if not text.isdigit() else int(text)


def count(many: int, noun: str) -> str:
    """A number of nouns in words: "two short sentences"."""
    name = NAMES[many] if many < len(NAMES) else str(many)
    return f"{name} short {noun}{'s' * (many != 1)}"


def heading(rest: str, many: int) -> str:
    """The heading of a list ("Five tips for better sleep") from whatever words asked for it."""
    found = ITEMS.search(rest)
    said = found["items"] if found else rest
    first, _, others = said.partition(" ")
    if first.lower() in NUMBERS or first.isdigit() or LISTING.match(first):
        said = others
    return f"{NAMES[min(many, 10)].title()} {said.rstrip(' .!?:')}"
