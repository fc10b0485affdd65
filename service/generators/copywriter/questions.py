"""How the answer to a question begins."""

from __future__ import annotations

import re

BEGINNINGS: tuple[tuple[str, str], ...] = (
    (r"how does (?P<x>.+?) works?", "{x} works by"),
    (r"how do (?P<x>.+?) work", "{x} work by"),
    (r"how (?:do|can|should|would|could) (?:i|you|we|one|people) (?P<x>.+)", "To {x}, you"),
    (r"how to (?P<x>.+)", "To {x}, you"),
    (r"how (?P<is>is|are) (?P<x>.+) (?P<v>\w+(?:ed|de|wn|nt|lt|en))", "{x} {is} {v}"),
    (r"how (?P<x>(?:an?|the) .+?) works", "{x} works by"),
    (r"how (?P<x>\w+s) work", "{x} work by"),
    (
        r"why (?P<is>is|are) (?P<x>(?:the|an?|my|our|your|this) \w+|\w+) (?P<v>.+)",
        "{x} {is} {v} because",
    ),
    (r"why do (?P<x>.+)", "{x} because"),
    (r"why (?:does|did|can|should|would|will|has|have|was|were) .+", "The reason is that"),
    (r"why (?P<x>.+)", "{x} because"),
    (r"who wrote (?P<x>.+)", "{x} was written by"),
    (r"who (?P<v>\w+ed|built|made|won) (?P<x>.+)", "{x} was {v} by"),
    (r"wh(?:at|o) (?P<is>is|are|was|were) (?P<x>.+)", "{x} {is}"),
    (r"what does (?P<x>.+) mean", "{x} means"),
    (r"where (?P<is>is|are) (?P<x>.+)", "{x} {is} located in"),
    (r"when (?P<is>is|was) (?P<x>.+)", "{x} {is} in"),
)
"""Questions and the first words of a sentence that answers them, most telling first."""

OTHERS = re.compile(r"\b(?:i|we)\b|\bmy\b|\bour\b|\bme\b|\bus\b", re.IGNORECASE)
SWAPS = {"i": "you", "we": "you", "my": "your", "our": "your", "me": "you", "us": "you"}


def beginning(question: str) -> str | None:
    """The first words of an answer, None for a question that is none of these."""
    plain = question.strip(" ?.!")
    for pattern, answer in BEGINNINGS:
        found = re.fullmatch(pattern, plain, re.IGNORECASE)
        if found:
            said = answer.format(**{k: v.strip() for k, v in found.groupdict().items() if v})
            said = OTHERS.sub(lambda other: SWAPS[other[0].lower()], said)
            return said[:1].upper() + said[1:]
    return None
