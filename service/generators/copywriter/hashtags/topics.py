"""Hashtags by subject, in the language of the text: of the order, the message, or a scene.

The table has rows of six uses: `order` (words: the order's name), `sign` (a pattern of a set
phrase), `place` (shops and clubs: right wherever they are named), `thing` (right if a text is about
it), `scene` (right where it is seen), and `notice` and `anything`, which fit every text of theirs.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

from service.generators.copywriter.signs import GRIM, NOT_SAD, SAD
from service.generators.prompt import Understanding
from service.generators.prompt.language.lexicon import FINITE, PREPOSITIONS, RELATIVES, several
from service.generators.prompt.language.words import words

TABLE = Path(__file__).with_name("topics.tsv")

MOST_TOPICS = 3

HEAD_WORDS = 5
"""Words of a text in another language that say what it is about."""

REGRETS = frozenset({"apologise", "cancel", "complain", "wellwish", "farewell"})
"""Orders for texts that no cheerful hashtag fits."""
CLOSE = frozenset({"wellwish", "farewell", "thank", "congratulate", "birthday", "greet", "welcome"})
"""Orders for words to people: no hashtag for a notice fits them."""
TROUBLE = re.compile(
    r"\b(?:lost|sorry|apolog\w+|unfortunately|(?:turned|switched|shut|is|be|are|been)\s+off|mourn\w*|died|"
    r"no\s+(?:water|power|heating|electricity|internet)|sold|stopp\w+|ends|not\s+(?:open|available)|verloren|leider|"
    r"lamentamos|malheureusement|purtroppo|infelizmente|perdid[oa]|perdue?|smarrit[oa])\b",
    re.IGNORECASE,
)
SOBER = several(
    """
    LostAndFound Cancelled Abgesagt Cancelado Annulé Annullato FundUndVerloren Perdido Perdu
    Smarrito OpeningHours Öffnungszeiten Horario Horaires Orari Horário
    """
)
"""Hashtags of set phrases that also fit bad news."""
MISREAD = re.compile(
    r"\b(?:after|before|old)[ -]school\b|\bhot\s+dogs?\b|\bblood\s+orange\w*|\btea\s*pot|"
    r"\bwedding\s+band\b|\bescuela\s+de\s+\w+|\bécole\s+de\s+\w+|\bscuola\s+di\s+\w+|\bescola\s+de\s+\w+|"
    r"\b(?:music|dance|driving|riding|ski|surf|language|art|cookery|sailing)\s+school\b|"
    r"\b(?:above|next\s+to|near|opposite|behind|beside|over|below|across\s+from)\s+(?:the|our)\s+(?:old\s+|new\s+)?\w+|"
    r"\b(?:in|at|to|from|behind|outside|inside)\s+the\s+(?:\w+\s+)?(?:gym|school|church|library|park|pub|hotel|museum)\b|"
    r"\bdog\s+tags?\b|\bgym\s+(?:hall|shoes|bag)|\bhorse\s+chestnut\b",
    re.IGNORECASE,
)
"""Names of things that have another thing's noun in them."""
SPEAKING = re.compile(
    r"\b(?:our|my|we\s+are|we're|unsere?\w*|nuestr[oa]s?|notre|nos|nostr[oaie]|noss[oa]s?)\s+(?:\w+\s+){0,2}?\w+",
    re.IGNORECASE,
)
"""The shop or the club that speaks, wherever it is named."""
RISES = re.compile(
    r"\b(?:increas\w+|go(?:es)?\s+up|ris(?:e|es|ing)|dearer|augment\w+|hausse|erhöh\w*|teurer|sub(?:en|e|ida|ir|irán)|"
    r"aument\w*|rincar\w+)\b",
    re.IGNORECASE,
)
"""Prices that go up: no offer."""
HEAD_ENDS = PREPOSITIONS - {"of"} | FINITE | RELATIVES
"""Words that end the noun that a text is about."""


def topics(understood: Understanding, english: str, *, notice: bool) -> list[str]:
    """Hashtags of the subject; none where a word might mean something else.

    `english` is the subject as far as it is known in English. Of a `notice` only the order, set
    phrases, the shop or club that speaks and the noun it is about count.
    """
    prompt, order = MISREAD.sub(" ", understood.prompt), understood.order
    language = understood.language or "en"
    if order.name == "wellwish" or GRIM.search(prompt):
        return []
    bad = (
        order.name in REGRETS
        or bool(RISES.search(prompt))
        or bool(TROUBLE.search(prompt))
        or (notice and bool(SAD.search(NOT_SAD.sub(" ", prompt))))
    )
    close = order.name in CLOSE
    said = {
        "order": set() if bad else {order.name},
        "place": _nouns(
            MISREAD.sub(" ", f"{order.subject} {order.whom} {' '.join(SPEAKING.findall(prompt))}")
        ),
        "thing": set() if bad else _nouns(_about(understood) if notice else f"{prompt} {english}"),
        "scene": set() if bad or notice else _nouns(f"{prompt} {english}"),
    }
    found = [
        tag
        for use, tag, about in _rows(language)
        if (
            not close and about.search(prompt) and (tag in SOBER or not bad)
            if isinstance(about, re.Pattern)
            else said[use] & about
        )
    ]
    return list(dict.fromkeys(found))[:MOST_TOPICS]


@functools.cache
def general(language: str, *, notice: bool) -> tuple[str, ...]:
    """Hashtags that fit every notice, or every scene, most fitting first."""
    use = "notice" if notice else "anything"
    return tuple(row[2] for row in _table() if row[:2] == (language or "en", use))


@functools.cache
def vague() -> frozenset[str]:
    """All hashtags that say nothing about their text."""
    return frozenset(row[2] for row in _table() if row[1] in {"notice", "anything"})


@functools.cache
def _table() -> tuple[tuple[str, str, str, str], ...]:
    rows = (line.split("\t") for line in TABLE.read_text("utf-8").splitlines()[1:])
    return tuple((language, use, tag, about) for language, use, tag, about in rows)


@functools.cache
def _rows(language: str) -> tuple[tuple[str, str, re.Pattern[str] | frozenset[str]], ...]:
    """The rows of a language that are matched: with a pattern, or with words."""
    return tuple(
        (use, tag, re.compile(about, re.IGNORECASE) if use == "sign" else frozenset(about.split()))
        for its, use, tag, about in _table()
        if its == language and use not in {"notice", "anything"}
    )


def _about(understood: Understanding) -> str:
    """The words of a notice that say what it is about."""
    order = understood.order
    subject = MISREAD.sub(" ", order.subject)
    if understood.language not in {"", "en"}:
        return " ".join(words(subject)[:HEAD_WORDS])
    whom = f" {order.whom}" if order.name == "thank" else ""
    return _head(re.sub(r"^(?:we|i)\s+(?:now\s+)?\w+\s+", "", subject, flags=re.IGNORECASE)) + whom


def _head(text: str) -> str:
    """The noun that a text is about: its first words up to a verb or a preposition."""
    kept: list[str] = []
    for word in words(re.split(r"[,;:.!?(]", text, maxsplit=1)[0]):
        if word.lower() in HEAD_ENDS:
            break
        kept.append(word)
    return " ".join(kept)


def _nouns(text: str) -> set[str]:
    """The words of a text, and those in the plural in the singular too."""
    said = {re.sub(r"['\u2019]s$", "", word.lower()) for word in words(text)}
    singular = {re.sub(r"ies$", "y", word) for word in said if word.endswith("ies")}
    return said | singular | {word[:-1] for word in said if word.endswith("s")}
