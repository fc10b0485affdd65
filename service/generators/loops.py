"""Finds where a text of a language model goes round in circles."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]+")
SHORTEST_WORDS = 4
"""Of a sentence that may stand in a text only once: "Yes!" may come back."""

CIRCLE_CHARACTERS = range(12, 200)
"""How long a run of characters is that ends a text when it comes three times in a row."""


def loop_start(text: str) -> int | None:
    """Where a text begins to repeat itself; None if it does not."""
    seen: set[str] = set()
    for found in SENTENCE.finditer(text):
        sentence = " ".join(re.findall(r"\w+", found[0].lower()))
        if sentence.count(" ") + 1 >= SHORTEST_WORDS and sentence in seen:
            return found.start()
        seen.add(sentence)
    return circle_start(text)


def circle_start(text: str) -> int | None:
    """Where the same words come for the second of three times in a row, at the end of a text."""
    for size in CIRCLE_CHARACTERS:
        if text[-size:] == text[-2 * size : -size] == text[-3 * size : -2 * size]:
            return len(text) - 2 * size
    return None
