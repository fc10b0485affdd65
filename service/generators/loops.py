"""Loops: where a text of a language model begins to repeat itself."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"[^.!?…\n]+[.!?…\n]+")
MIN_SENTENCE_WORDS = 4
"""Of a sentence that may not be repeated: "Yes!" may."""

CIRCLE_CHARACTERS = range(12, 200)
"""Lengths of a run of characters that ends a text when it comes three times in a row."""


def loop_start(text: str) -> int | None:
    """Where a text begins to repeat itself; None if it does not."""
    seen: set[str] = set()
    for match in SENTENCE.finditer(text):
        sentence = " ".join(re.findall(r"\w+", match[0].lower()))
        if sentence.count(" ") + 1 >= MIN_SENTENCE_WORDS and sentence in seen:
            return match.start()
        seen.add(sentence)
    return circle_start(text)


def circle_start(text: str) -> int | None:
    """Where the same words begin for the second of three times in a row, at the end of a text."""
    size, longest = CIRCLE_CHARACTERS.start, CIRCLE_CHARACTERS.stop - 1
    if len(text) < 3 * size:
        return None
    end = text[-size:]  # a circle has these characters before its end, too: few texts do
    before = len(text) - size
    first = max(0, before - longest)
    at = text.rfind(end, first, before)
    while at >= 0:
        size = before - at
        if len(text) < 3 * size:
            return None
        if text[-size:] == text[-2 * size : -size] == text[-3 * size : -2 * size]:
            return len(text) - 2 * size
        at = text.rfind(end, first, at + len(end) - 1)
    return None
