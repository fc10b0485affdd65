"""Reads the heading of a prompt: "Short note to the parents of class 2b from Ms Reed: …".

A heading names a kind of text and whom it is for, perhaps also whom it is from; what the text says
stands behind it. Its words are no part of the text, its reader and its sender are.
"""

# ruff: noqa: E501 - a pattern on one line is easier to compare with its neighbours

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

from service.generators.prompt.heading.words import (
    FROM,
    MEANT,
    NO_ADJECTIVE,
    NOUNS,
    OF_LETTER,
    PEOPLE,
    POLITE,
    THAT,
    TO,
    WRITE,
)
from service.generators.prompt.language import sentences
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.verbs import has_verb

LONGEST = 260
"""Characters of a heading."""
READERS = re.compile(rf"\b{PEOPLE}\b", re.IGNORECASE | re.VERBOSE)
SAYS_MORE = re.compile(MEANT, re.IGNORECASE | re.VERBOSE)
OF_THESE = re.compile(
    r"to\s+(?:the|our|all|my|every|everyone|everybody|those|any\w*)\s", re.IGNORECASE
)
"""Behind these words are people: nobody writes to a thing."""
ORDERS = re.compile(
    r"(?:please\s+)?(?:ask|tell|remind|thank|invite|say|apologi[sz]e|warn)\b", re.IGNORECASE
)
"""How a clause begins that orders what the text says."""
NAMED = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Frau|Herrn?|Familie|Mme|M\.|Madame|Monsieur|Sr|Sra)\b\.?|[A-Z\u00c0-\u00de][\w'\u2019-]+)(?:\s|$)"
)
"""How a person begins who is named."""
MARK = r"\s?:\s+|\.\s+(?=\S)|,\s+|\s+[-\u2013\u2014]\s+"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, taken apart."""

    kind: str
    """What the text does: "tell", "remind", "invite", "apologise", "thank", "condole", "ask"."""
    reader: str
    """With its preposition, as the prompt has it: "aux parents de l'école"."""
    sender: str
    letter: bool
    words: str
    """The heading itself: its adjectives may ask for a tone."""
    before: str
    """What the prompt tells before its heading."""
    rest: str
    """What the text says."""
    language: str


@functools.cache
def _pattern(language: str) -> re.Pattern[str]:
    """The pattern of a heading in a language."""
    nouns = "|".join(f"(?P<{kind}>{words})" for kind, words in NOUNS[language].items())
    word = rf"{NO_ADJECTIVE[language]}[^\W\d_][\w'\u2019-]*,?"
    name = r"(?:[^:.,;!?\n]|(?<=\b[A-Z])\.|(?<=\b(?:Mr|Ms|Dr|St|Sr|Nr))\.|(?<=\bMrs)\.|(?<=\bProf)\.|(?<=\bSra)\.)"
    reader = rf"\s+(?P<reader>{TO[language]}\s*{name}{{2,90}}?)"
    sender = rf"(?:\s+{FROM[language]}\s+(?P<sender{{n}}>{name}{{{{2,60}}}}?))"
    return re.compile(
        rf"^{POLITE[language]}(?P<verb>{WRITE[language]}\s+(?:(?:me|us|up|mir|uns|en)\s+)?)?(?:{word}\s+){{0,5}}?(?:{nouns})\b"
        rf"(?:\s+(?:please|bitte|{word}))?{sender.format(n=1)}?{reader}{sender.format(n=2)}?"
        rf"(?:(?P<mark>{MARK})|\s+(?P<that>{THAT[language]})\s+)(?P<rest>\S.*)$",
        re.IGNORECASE | re.DOTALL,
    )


def heading(prompt: str) -> Heading | None:
    """The heading of a prompt that names its reader; None if it has none."""
    language = language_of(prompt)
    if language not in NOUNS:
        return None
    if found := _at_start(prompt, language):
        return found
    parts, rest = sentences.split(prompt)
    told = [*parts, rest] if rest else [*parts]
    for at in range(1, min(len(told), 4)):
        behind = " ".join(told[at:])
        found = _at_start(behind, language, verb=True)
        if found:
            return replace(found, before=" ".join(told[:at]))
    return None


def _at_start(prompt: str, language: str, *, verb: bool = False) -> Heading | None:
    found = _pattern(language).match(prompt)
    if not found or found.start("rest") > LONGEST or (verb and not found["verb"]):
        return None
    reader = found["reader"].strip()
    kind = next(kind for kind in NOUNS[language] if found[kind])
    if not _is_reader(reader, language, kind) or not _is_told(found, language):
        return None
    words = prompt[: found.start("reader")]
    letter = bool(re.search(rf"\b{OF_LETTER[language]}\b", found[kind], re.IGNORECASE))
    if (kind == "tell" and SAYS_MORE.search(words)) or (kind == "thank" and not letter):
        return None
    return Heading(
        kind=kind,
        reader=reader,
        sender=(found["sender1"] or found["sender2"] or "").strip(),
        letter=letter,
        words=words,
        before="",
        rest=found["rest"].strip(),
        language=language,
    )


def _is_reader(reader: str, language: str, kind: str) -> bool:
    """Whether the words behind a preposition are people, and no thing, place or event."""
    preposition, _, who = reader.partition(" ")
    who = re.sub(
        r"^(?:the|our|my|all|every|die|den|das|dem|unsere?n?|alle|los|las|la|el|les|le|nos|i|gli|os|as|o|a)\s+",
        "",
        who,
        flags=re.IGNORECASE,
    )
    named = bool(NAMED.match(who))
    if language == "en":
        first = re.split(r"\b(?:of|at|in|from|who|on|with|about)\b", who, maxsplit=1)[0]
        people = READERS.search(first)
        sure = named or bool(OF_THESE.match(reader))
        return bool(people) or (sure and preposition.lower() == "to" and kind != "invite")
    people = READERS.search(re.split(r"\b(?:de[lrs]?|d[iou]|da|im|in|von)\b", who, maxsplit=1)[0])
    strict = kind == "invite" or preposition.lower() in {"f\u00fcr", "para", "pour", "per"}
    return bool(people) or (named and not strict and language in {"de", "fr", "it", "pt", "es"})


def _is_told(found: re.Match[str], language: str) -> bool:
    """Whether what stands behind a heading tells something."""
    rest, mark = found["rest"], (found["mark"] or "").strip()
    if len(rest.split()) < 2:  # noqa: PLR2004 - a word tells nothing
        return False
    if mark == ",":
        clause = re.split(r"[,.;]\s", rest)[0]
        if language == "en" and ORDERS.match(clause):
            return True
        apart = not re.match(r"(?:who|whose|which)\b", rest)
        return language == "en" and apart and has_verb(clause)
    return True
