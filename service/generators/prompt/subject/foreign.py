"""The subject of a prompt in another language, in English, as far as a glossary knows its nouns."""

from __future__ import annotations

import functools
from pathlib import Path

from service.generators.prompt.language.lexicon import ALSO_ENGLISH, ENGLISH, FOREIGN
from service.generators.prompt.language.words import is_latin, words
from service.generators.prompt.subject.phrase import with_article

GLOSSARY = Path(__file__).with_name("glossary.tsv")
"""A word per line, in nine languages; a star marks an adjective."""

BEFORE_ITS_NOUN = frozenset({"de", "ja", "zh", "ru"})
"""Languages whose adjectives stand before the noun."""

UNKNOWN = "this moment"
"""The subject if no word is known."""


def is_foreign(text: str) -> bool:
    """Whether a text is not English: by its script, or by its function words."""
    if not is_latin(text):
        return True
    found = [word.lower() for word in words(text)]
    theirs = sum(word in FOREIGN and word not in ENGLISH for word in found)
    theirs += sum(_is_foreign_word(word) for word in found)
    return theirs > sum(word in ENGLISH and word not in FOREIGN for word in found)


@functools.lru_cache(maxsize=2048)
def _is_foreign_word(word: str) -> bool:
    meanings = {table[word] for table in glossary().values() if word in table}
    return bool(meanings) and word not in ALSO_ENGLISH and word not in map(str.lower, meanings)


def in_english(text: str) -> str:
    """The known nouns of a text, with their adjectives: "a rainy morning, Lisbon and coffee"."""
    language, table = max(glossary().items(), key=lambda item: len(_known(text, item[1])))
    nouns: list[str] = []
    waiting: list[str] = []
    for word in _known(text, table):
        if not word.endswith("*"):
            nouns.append(" ".join((*waiting, word)))
            waiting = []
        elif language in BEFORE_ITS_NOUN or not nouns:
            waiting.append(word.rstrip("*"))
        else:
            nouns[-1] = f"{word.rstrip('*')} {nouns[-1]}"
    nouns = [with_article(noun) for noun in dict.fromkeys(nouns)][:4]
    if not nouns:
        return UNKNOWN
    return " and ".join(filter(None, (", ".join(nouns[:-1]), nouns[-1])))


def _known(text: str, table: dict[str, str]) -> list[str]:
    """The words of a text that a table knows, in English."""
    if any("\u3040" <= char <= "\u9fff" for char in text):  # written without spaces
        found, at = [], 0
        while at < len(text):
            size = next((n for n in (6, 5, 4, 3, 2, 1) if text[at : at + n] in table), 0)
            if size:
                found.append(table[text[at : at + size]])
            at += size or 1
        return found
    return [table[word] for word in map(str.lower, words(text)) if word in table]


@functools.cache
def glossary() -> dict[str, dict[str, str]]:
    """The English meanings of words, by language."""
    head, *rows = (line.split("\t") for line in GLOSSARY.read_text("utf-8").splitlines())
    return {
        language: {word: row[0] for row in rows for word in row[column].split(",") if word}
        for column, language in enumerate(head)
        if column
    }
