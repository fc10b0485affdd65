"""Counting the syllables of English, by its spelling: right for some nine words of ten."""

from __future__ import annotations

import re

from service.generators.prompt.lexicon import ADVERBS, ENGLISH
from service.generators.prompt.words import words

SILENT = re.compile(r"(?<=[^aeiouyl])e$|(?<=[aeiouy]l)e$|(?<=[^aeiouydt])ed$|(?<![scxzhg])es$")
"""An e that is written and not said: "take", "whole", "looked", "leaves"."""

APART = re.compile(r"i[ao](?!n)|[eu]o(?!u)|oe[mt]|ua|[iy]ing|ism$")
"""Two vowels that are said one by one: "quiet" is left out, "diary", "video", "flying" are not."""


def syllables(word: str) -> int:
    """How many syllables a word has: at least one."""
    plain = SILENT.sub("", word.lower().replace("'s", ""))
    return max(1, len(re.findall(r"[aeiouy]+", plain)) + len(APART.findall(plain)))


def fitted(line: str, wanted: int, *, strictly: bool = True) -> str:
    """The start of a line that has so many syllables and can stand alone; else empty.

    `strictly` looks also at the word that followed: before another noun or verb the last one may be
    only the beginning of something.
    """
    said = 0
    for found in re.finditer(r"[\w'\u2019-]+", line):
        said += sum(syllables(part) for word in words(found[0]) for part in word.split("-"))
        if said == wanted:
            unfinished = re.search(r"['\u2019](?:m|ve|re|ll|d)$", found[0])
            whole = not unfinished and found[0].lower() not in ENGLISH - ADVERBS
            following = words(line[found.end() :])[:1]
            ends = not following or line[found.end()] in ",;" or following[0].lower() in ENGLISH
            return line[: found.end()] if whole and (ends or not strictly) else ""
    return ""


def are_enough(line: str, wanted: int) -> bool:
    """Whether a line that is still being written has all its syllables, and a word after them."""
    return sum(syllables(word) for word in words(line.rpartition(" ")[0])) > wanted
