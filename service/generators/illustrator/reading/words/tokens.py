"""Cutting a prompt into words, and finding the singular a word may come from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_PROMPT = 2000
"""Letters that are read: a picture of more would be a crowd."""
WORD = re.compile(r"[^\W_]+")
TOKEN = re.compile(r"[^\W_]+|[.,;:!?()&+/%$€£#\n]")

# Endings of plurals and what stood there before, tried in this order. English first; the others
# are tried only for words that are known in no other way.
ENGLISH = (
    *(("men", "man"), ("mice", "mouse"), ("geese", "goose"), ("teeth", "tooth")),
    *(("ies", "y"), ("ves", "f"), ("ves", "fe"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss")),
    *(("xes", "x"), ("ses", "s"), ("oes", "o"), ("s", "")),
)
OTHERS = (
    *(("i", "o"), ("i", "e"), ("e", "a"), ("es", ""), ("en", ""), ("n", ""), ("er", ""), ("e", "")),
    *(("aux", "al"), ("x", ""), ("oes", "ao"), ("is", "l"), ("ns", "m"), ("hi", "o"), ("s", "")),
)
SHORTEST = 3
"""Letters that must be left of a word without its ending."""


BACKS = {"back", "top"}
"""Of an animal or a thing, where others are on it."""
PARTS = {"roof", "bonnet", "hood", "edge", "corner", "end", "tip", "rim", "lid", "seat"}
"""What is on these is on the whole."""
VOICED = "\u3099\u309a"
"""The marks of Japanese letters: without them it is another sound."""

SPELLINGS = (("b\u00e4r", "baer"),)
"""Words that would be another word without their accents: a bear is no bar."""


def fold(text: str) -> str:
    """Lower case without accents: "Café" -> "cafe", "ß" -> "ss"."""
    lower = unicodedata.normalize("NFC", text.casefold())
    for accented, other in SPELLINGS:
        lower = lower.replace(accented, other)
    plain = unicodedata.normalize("NFKD", lower)
    kept = (c for c in plain if not unicodedata.combining(c) or c in VOICED)
    return unicodedata.normalize("NFC", "".join(kept))


SAILING = re.compile(r"\bsailing (?=boats?\b)")
"""A sailing boat is no boat that is sailing somewhere: it is a sailboat."""


def words(text: str) -> list[str]:
    """The words of a prompt, and the marks that part them: "dogs, cats" are no compound."""
    return TOKEN.findall(SAILING.sub("sail", fold(text[:LONGEST_PROMPT])))


def on_it(tokens: list[str]) -> list[str]:
    """The words with "on its back" as "on it": it is carried there."""
    result: list[str] = []
    skipped = 0
    for at, word in enumerate(tokens):
        if skipped:
            skipped -= 1
            continue
        if word == "the" and tokens[at - 1 : at] == ["on"] and is_part(tokens[at + 1 : at + 3]):
            skipped = 2  # "on the roof of a car"
            continue
        if word in BACKS and tokens[max(0, at - 2) : at] in (["on", "its"], ["on", "their"]):
            result[-1] = "it"
        else:
            result.append(word)
    return result


def is_part(words: list[str]) -> bool:
    """Whether the words name a part of what follows: "roof of"."""
    return len(words) > 1 and words[0] in PARTS and words[1] == "of"


def capitals(text: str) -> frozenset[str]:
    """The words written with a capital: in German these are the nouns."""
    found = re.findall(r"[^\W_]+", text[:LONGEST_PROMPT])
    return frozenset(fold(word) for word in found if word[0].isupper())


def singulars(word: str, *, foreign: bool = True) -> Iterator[str]:
    """The word itself, then what it may be a plural of."""
    yield word
    for endings in (ENGLISH, OTHERS) if foreign else (ENGLISH,):
        for ending, before in endings:
            if word.endswith(ending) and len(word) - len(ending) + len(before) >= SHORTEST:
                if ending == "s" and word.endswith("ss"):
                    continue
                yield word[: len(word) - len(ending)] + before


def phrase(text: str) -> str:
    """How a phrase of the word tables is looked up: "pine_tree" -> "pine tree"."""
    return " ".join(WORD.findall(fold(text.replace("_", " "))))
