"""Words of a text: how they are found, which carry meaning, which are the same."""

from __future__ import annotations

import functools
import re
import unicodedata

from service.generators.prompt.language.lexicon import ENGLISH

JOINERS = "'\u2019-"
"""Inside a word; typographic texts have the curly apostrophe."""

SUFFIXES = ("ingly", "ings", "ing", "iest", "ies", "ness", "edly", "ed", "ers", "er", "ly", "es")


def words(text: str) -> list[str]:
    r"""The words of a text in any script, with inner apostrophes and hyphens.

    A combining mark belongs to its letter, which `\w` does not know.
    """
    plain = "".join(c if unicodedata.category(c)[0] in "LMN" or c in JOINERS else " " for c in text)
    return [word for run in plain.split() if (word := run.strip(JOINERS))]


def is_latin(text: str) -> bool:
    """Whether every letter is a Latin one."""
    return all(_latin(c) for c in text if c.isalpha())


@functools.lru_cache(maxsize=2048)
def _latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")


@functools.lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A crude stem: enough to see that "rainy", "rain" and "rains" are about the same thing."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) > 2:  # noqa: PLR2004 - "sing", "red"
            word = word.removesuffix(suffix)
            break
    else:
        if word.endswith("s") and not word.endswith("ss") and len(word) > 3:  # noqa: PLR2004 - "gas"
            word = word[:-1]
    return re.sub(r"(?<=..)[yei]$", "", word)


def meaningful(text: str) -> list[str]:
    """The words of a text that carry its subject, in order."""
    return [
        word
        for word in words(text)
        if word.lower().replace("\u2019", "'") not in ENGLISH
        and (len(word) > 2 or word.isupper() or not is_latin(word))  # noqa: PLR2004 - "AI", "茶"
    ]


def english_share(text: str) -> float:
    """The share of English function words: about 0.3 to 0.6 in English sentences."""
    found = [word.lower().replace("\u2019", "'") for word in words(text)]
    return sum(word in ENGLISH for word in found) / len(found) if found else 0.0
