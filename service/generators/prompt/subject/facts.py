"""Facts of a prompt: what a text must keep unchanged and may not add to."""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import re
from typing import NamedTuple

from service.generators.prompt.language.lexicon import several

MONTHS = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    r"janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"januar|februar|märz|juni|juli|oktober|dezember|gennaio|febbraio|aprile|maggio|giugno|luglio|"
    r"settembre|ottobre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|"
    r"novembro|dezembro"
)
DAYS = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|lunes|martes|miércoles|jueves|viernes|sábados?|domingos?|"
    r"lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|(?:mon|diens|donners|frei|sams|sonn)tags?|"
    r"mittwochs?|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|(?:segunda(?!\s(?:mano|mão|vez)\b)|terça|quarta|quinta|sexta)s?(?:-feiras?)?"
)
CURRENCY = r"(?:euros?|dollars?|pounds?|cents?|francs?|chf|usd|eur|gbp|€|\$|£)"
DATE = (
    rf"\b\d{{1,2}}(?:st|nd|rd|th|\.|º|er)?\s+(?:of\s+|de\s+)?(?:{MONTHS})\b(?:\s+\d{{4}})?|"
    rf"\b(?:{MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?\b"
)
NEAR = r"\b(?:tomorrow|tonight|mañana|demain|morgen|domani|amanhã)\b"
HOUR = (
    r"\b\d{1,2}(?:[:.h]\d{2})?\s?(?:a\.m\.|p\.m\.|[ap]m\b|uhr\b|o'clock\b|h\b(?:\d{2})?)|"
    r"\b\d{1,2}(?::|\s?h\s?)\d{2}\b|\b(?:noon|midnight|mittag|midi|mezzogiorno)\b"
)
KINDS: tuple[tuple[str, str], ...] = (
    ("link", r"https?://[^\s,;]+[^\s,;.!?)]|www\.[^\s,;]+[^\s,;.!?)]"),
    ("email", r"[\w.+-]+@[\w-]+\.\w[\w.]*\w"),
    ("handle", r"(?<!\w)@\w[\w.]*\w"),
    ("hashtag", r"(?<!\w)#[^\W\d]\w*"),
    (
        "percent",
        r"\d[\d.,]*\s?(?:%|percent\b|prozent\b|por\s?ciento\b|pour\s?cent\b|per\s?cento\b)",
    ),
    (
        "price",
        rf"[$€£¥]\s?\d[\d.,]*\d|[$€£¥]\s?\d|\d[\d.,]*\s?{CURRENCY}(?!\w)|(?<![\w.])\d{1, 3}p\b|(?<![\w-])free(?!\w|\s+time|-)",
    ),
    ("day", rf"{DATE}|\b(?:{DAYS})\b|{NEAR}|\b(?!may\b|mars\b)(?:{MONTHS})\b"),
    ("hour", HOUR),
    ("phone", r"(?<!\w)\+?\(?\d[\d()/ -]{5,}\d\b"),
    ("number", r"\b\d+(?:[.,:/]\d+)*\b"),
)
"""Most telling first: what is a price is no number."""

PATTERN = re.compile("|".join(f"(?P<{kind}>{p})" for kind, p in KINDS), re.IGNORECASE)

NUMBER_WORDS = several(
    """
    two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    hundred hundreds thousand thousands million millions dozen dozens
    """
)
CAPITAL = re.compile(r"(?<=[\w,;] )(?!I\b|I')[A-Z]\w+")
"""A word with a capital inside a sentence: a name."""

NAME = re.compile(
    r"(?<=[\w,;:] )(?!I\b|I['\u2019])[A-Z\u00c0-\u00de][\w\u2019'&-]*(?:(?:(?<=\W[A-Z])\.|(?<=\W(?:St|Dr|Mr))\.)? (?:of |the |de |del |di |da )?[A-Z\u00c0-\u00de][\w\u2019'&-]*)*"
)
CHANNELS = several(
    """
    instagram facebook linkedin twitter whatsapp tiktok post caption english german french
    spanish italian portuguese please am pm
    """
)
"""Words with a capital that say where a text goes, not what is in it."""


class Fact(NamedTuple):
    """A piece of a prompt that has to stand in its text as it is."""

    kind: str
    text: str
    start: int
    end: int


def facts(text: str, *, names: bool = True) -> tuple[Fact, ...]:
    """The facts of a text in their order: links, prices, days, hours, numbers and names."""
    found = [
        Fact(match.lastgroup or "", match[0].strip(" .,:"), match.start(), match.end())
        for match in PATTERN.finditer(text)
    ]
    taken = [(fact.start, fact.end) for fact in found]
    for match in NAME.finditer(text) if names else ():
        free = all(match.end() <= start or match.start() >= end for start, end in taken)
        if free and match[0].lower() not in CHANNELS:
            found.append(Fact("name", match[0], match.start(), match.end()))
    return tuple(sorted(found, key=lambda fact: fact.start))


def has_hard_facts(text: str) -> bool:
    """Whether a text has facts that only its author can know."""
    return bool(PATTERN.search(text))


def lost(prompt: str, text: str) -> list[str]:
    """The facts of the prompt that are not in the text as they were given."""
    said = " ".join(text.lower().split())
    return [fact.text for fact in facts(prompt) if " ".join(fact.text.lower().split()) not in said]


def invents(text: str, prompt: str) -> bool:
    """Whether a text has a number, a day, a price or a name that the prompt has not."""
    known = prompt.lower()
    given = set(re.findall(r"\w+", known))
    hard = any(fact.text.lower() not in known for fact in facts(text, names=False))
    counted = (NUMBER_WORDS & set(re.findall(r"\w+", text.lower()))) - given
    return hard or bool(counted) or any(c[0].lower() not in given for c in CAPITAL.finditer(text))
