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
    WISHES,
    WRITE,
)
from service.generators.prompt.language import sentences
from service.generators.prompt.language.recognition import language_of
from service.generators.prompt.language.verbs import has_verb

LONGEST = 260
"""Characters of a heading."""
READERS = re.compile(rf"\b{PEOPLE}\b", re.IGNORECASE | re.VERBOSE)
SAYS_MORE = re.compile(MEANT, re.IGNORECASE | re.VERBOSE)
WISHED = re.compile("|".join(row[0] for rows in WISHES.values() for row in rows), re.IGNORECASE)
OF_THESE = re.compile(
    r"to\s+(?:the|our|all|my|every|everyone|everybody|those|any\w*)\s", re.IGNORECASE
)
"""Behind these words are people: nobody writes to a thing."""
OF_READERS = re.compile(r"(?:send|do|make|fai|haz|faz|mach|envi|invi)", re.IGNORECASE)
"""Verbs of what readers are to do, in a sentence behind others: "Send a text to Aled"."""
PLACES = re.compile(
    r"\b(?:room|door|window|board|page|fridge|kitchen|lift|screen|wall|website|newsletter|counter|toilets?|entrance|gate|chat|channel|raum|t\u00fcr|fenster|aufzug|treppenhaus|brett|schaufenster)$",
    re.IGNORECASE,
)
"""Where a text hangs: nobody is addressed by "note for the staff room"."""
LEAVING = re.compile(r"\b(?:farewell|goodbye|leaving)\b", re.IGNORECASE)
THINGS_TOO = frozenset({"f\u00fcr", "f\u00fcrs", "ans", "para", "pour", "per"})
"""Prepositions that stand before things as well as before people."""
ORDERS = re.compile(
    r"(?:please\s+)?(?:ask|tell|remind|thank|invite|say|apologi[sz]e|warn)\b", re.IGNORECASE
)
"""How a clause begins that orders what the text says."""
NAMED = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Frau|Herrn?|Familie|Mme|M\.|Madame|Monsieur|Sr|Sra)\b\.?|[A-Z\u00c0-\u00de][\w'\u2019-]+)(?:\s|$)"
)
"""How a person begins who is named."""
MARK = r"\s?:\s+|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bSr)(?<!\bNr)(?<!\bMrs)(?<!\bSra)(?<!\bProf)(?<!\bM)\.\s+(?=\S)|[,;]\s+|\s+[-\u2013\u2014]\s+"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, taken apart."""

    kind: str
    """What the text does: "tell", "remind", "invite", "apologise", "thank", "condole", "wish", "ask"."""
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
    if found := _at_start(prompt, language) or _only_readers(prompt, language):
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
    if not found or found.start("rest") > LONGEST:
        return None
    if verb and (not found["verb"] or OF_READERS.match(found["verb"])):
        return None
    reader = found["reader"].strip()
    kind = next(kind for kind in NOUNS[language] if found[kind])
    wish = kind == "tell" and WISHED.search(prompt[: found.start("reader")])
    if not _is_reader(reader, language, "wish" if wish else kind) or not _is_told(found, language):
        return None
    words = prompt[: found.start("reader")]
    sender = (found["sender1"] or found["sender2"] or "").strip()
    if found["sender2"] and not SENDER.match(sender):
        reader, sender = prompt[found.start("reader") : found.end("sender2")].strip(), ""
    letter = bool(re.search(rf"\b{OF_LETTER[language]}\b", words, re.IGNORECASE))
    if kind == "tell" and SAYS_MORE.search(words):
        kind = "wish"
    leaves = LEAVING.search(words) and reader.lower().startswith("for ")
    close = kind == "wish" and (leaves or not (WISHED.search(words) and "who " not in reader))
    if kind == "apologise" and found["that"]:
        return None
    if close or (kind == "thank" and not (letter or sender)):
        return None
    return Heading(
        kind=kind,
        reader=reader,
        sender=sender,
        letter=letter,
        words=words,
        before="",
        rest=found["rest"].strip(),
        language=language,
    )


def _only_readers(prompt: str, language: str) -> Heading | None:
    """A heading of nothing but readers: "For the parents of class 2b: …"."""
    found = READERS_ALONE.match(prompt)
    if not found or found["to"] not in TO_READERS[language] or not READERS.search(found["reader"]):
        return None
    reader = f"{found['reader'][:1].lower()}{found['reader'][1:]}"
    if not _is_reader(reader, language, "invite"):
        return None
    rest = prompt[found.end() :].strip()
    return Heading(
        "tell", reader, "", letter=False, words="", before="", rest=rest, language=language
    )


TO_READERS = {
    "en": ("For", "To"),
    "de": ("An", "Ans", "F\u00fcr"),
    "es": ("A", "Al", "Para"),
    "fr": ("Au", "Aux", "\u00c0", "Pour"),
    "it": ("A", "Ai", "Agli", "Alle", "Al", "Alla", "Per"),
    "pt": ("A", "Ao", "Aos", "\u00c0", "\u00c0s", "Para"),
}
"""How readers are named that stand alone before what is said to them."""
READERS_ALONE = re.compile(
    r"(?P<reader>(?P<to>[A-Z\u00c0]\w*)\s(?:the|all|our|my|every\w*|alle|die|unsere|los|las|nuestr\w+|todos|les|nos|tous|tutti|i|gli|le|os|as|tod\w+|[\w'\u2019-]+)\s?[^:.!?,]{0,60}?)\s?:\s+(?=\S+\s+\S)"
)
SENDER = re.compile(
    r"(?:the|our|all|us|my|me|her|his|your|its|a|an|everyone|everybody|der|die|das|den|dem|unser\w*|euch|uns|la|el|los|las|le|les|l['\u2019]|il|lo|gli|i|o|os|as|nuestr\w+|notre|nos|nostr\w+|noss\w+)\s|[A-Z\u00c0-\u00de]|us$"
)
"""How a sender begins, who is no place: not "from rack 3"."""


def _is_reader(reader: str, language: str, kind: str) -> bool:
    """Whether the words behind a preposition are people, and no thing, place or event."""
    preposition, _, who = reader.partition(" ")
    event = {"de": r"\bzu[mr]?\b", "en": r"\bto\s+(?:the|our|all|my)\b"}.get(language, "(?!)")
    if re.search(event, who):
        return False
    if re.search(r"\d{4}|\bfor\s+(?:\w+ing|the|our|not|having)\b", who):
        return False
    who = re.sub(
        r"^(?:the|our|my|all|every|die|den|das|dem|unsere?n?|alle|los|las|la|el|les|le|nos|i|gli|os|as|o|a)\s+",
        "",
        who,
        flags=re.IGNORECASE,
    )
    named = bool(NAMED.match(who))
    if PLACES.search(who):
        return False
    if language == "en":
        first = re.split(r"\b(?:of|at|in|from|who|on|with|about)\b", who, maxsplit=1)[0]
        people = READERS.search(first)
        sure = named or kind == "tell" or bool(OF_THESE.match(reader))
        sure = sure and kind != "invite"
        return bool(people) or (sure and preposition.lower() == "to") or (named and kind == "wish")
    people = READERS.search(re.split(r"\b(?:de[lrs]?|d[iou]|da|im|in|von)\b", who, maxsplit=1)[0])
    strict = (kind == "invite" and language != "de") or preposition.lower() in THINGS_TOO
    return bool(people) or (named and not strict and language in {"de", "fr", "it", "pt", "es"})


def _is_told(found: re.Match[str], language: str) -> bool:
    """Whether what stands behind a heading tells something."""
    rest, mark = found["rest"], (found["mark"] or "").strip()
    if len(rest.split()) < 2:  # noqa: PLR2004 - a word tells nothing
        return False
    if mark in {",", ";"}:
        clause = re.split(r"[,.;]\s", rest)[0]
        if language == "en" and ORDERS.match(clause):
            return True
        apart = not re.match(r"(?:who|whose|which)\b", rest)
        return language == "en" and apart and has_verb(clause)
    return True
