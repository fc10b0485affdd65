"""The lengths that a prompt asks for, in six languages: words, characters, sentences."""

from __future__ import annotations

import re
from typing import NamedTuple

from service.generators.prompt.language.lexicon import several
from service.generators.prompt.language.numbers import NAMES, NUMBER, number

MOST_UNITS = 10
"""Sentences at most: a small model has nothing more to say."""

LINES_PER_PARAGRAPH = 4

LONGEST_CARRIER = 40
"""Characters that are looked at before a constraint, at a time."""

CARRIERS = several(
    """
    and but please keep make sure limit use using write it should must be with short brief in
    y pero por favor usa utiliza escribe con breve corto et mais utilise écris avec court
    und aber bitte kurz knapp verwende benutze schreibe mit e ma scrivi mas escreva com curto
    """
)
"""Words that only lead to a constraint, and go with it."""

BACKWARDS = re.compile(r"(?P<word>[\w'\u2019]+)?(?P<gap>[\s,;(\u2013\u2014-]*)$")

MOST = (
    r"at\s+most|no\s+more\s+than|not\s+more\s+than|max(?:\.|imum)?(?:\s+of)?|a\s+maximum\s+of|up\s+to|under|below|less\s+than|"
    r"fewer\s+than|within|shorter\s+than|not\s+exceed(?:ing)?|como\s+máximo|(?:un\s+)?máximo(?:\s+de)?|no\s+más\s+de|menos\s+de|hasta|"
    r"au\s+maximum|(?:un\s+)?maximum(?:\s+de)?|au\s+plus|pas\s+plus\s+de|moins\s+de|jusqu['\u2019]à|höchstens|maximal|nicht\s+mehr\s+als|bis\s+zu|"
    r"weniger\s+als|unter|al\s+massimo|(?:un\s+)?massimo(?:\s+di)?|non\s+più\s+di|meno\s+di|fino\s+a|no\s+máximo|(?:um\s+)?máximo(?:\s+de)?|"
    r"não\s+mais\s+(?:do\s+)?que|menos\s+de|até"
)
LEAST = (
    r"at\s+least|not?\s+(?:less|fewer)\s+than|a\s+minimum\s+of|minimum|more\s+than|over|al\s+menos|por\s+lo\s+menos|mínimo|au\s+moins|"
    r"mindestens|wenigstens|almeno|pelo\s+menos|no\s+mínimo"
)
EXACT = r"exactly|precisely|just|only|exactamente|exactement|genau|esattamente|exatamente"
ABOUT = (
    r"in|of|with|to|using|about|around|roughly|approximately|en|con|de|unos|avec|environ|mit|etwa|circa|"
    r"di|em|com|cerca\s+de"
)
WORDS, SENTENCES = (
    r"words?|palabras?|mots?|w[öo]rter\w*|worte\w*|parol[ae]|palavras?",
    r"sentences?|lines?|frases?|oraciones|líneas|phrases?|lignes?|sätzen?|satz|zeilen?|frasi|frase|righe|linhas?",
)
CHARACTERS = r"characters?|chars?|letters|caracteres|caractères|zeichen|caratteri|signes"
PARAGRAPHS = r"paragraphs?"
UNIT = (
    rf"(?:(?P<words>{WORDS})|(?P<sentences>{SENTENCES})|(?P<characters>{CHARACTERS})|"
    rf"(?P<paragraphs>{PARAGRAPHS}))\b"
)
AFTER = (
    r"(?:\s+(?:or\s+(?:less|fewer)|max(?:imum)?|at\s+most|tops|como\s+máximo|máximo|maximum|au\s+plus|höchstens|maximal|"
    r"al\s+massimo|no\s+máximo)\b)?(?:\s+(?:long|in\s+total|each))?[)]?"
)
SHORT = r"(?:short|brief|simple|long|frases?\s+)?\s*"

LENGTH = re.compile(
    rf"\b(?:(?:{ABOUT})\s+){{0,2}}(?:(?P<least>{LEAST})|(?P<most>{MOST})|(?P<exact>{EXACT})|(?P<about>{ABOUT}))\s+"
    rf"(?:(?:{ABOUT}|{EXACT})\s+)?{NUMBER}[\s-]+{SHORT}{UNIT}(?P<after>{AFTER})",
    re.IGNORECASE,
)
TRAILING = re.compile(rf"\b{NUMBER}\s+{UNIT}(?P<after>{AFTER})(?=[\s.!]*$|[.,;])", re.IGNORECASE)
"""A length between marks: "20 words max", "two sentences."."""

COUNTED = re.compile(
    rf"\b(?!one\b|an?\b){NUMBER}[\s-]+(?:(?:short|brief|simple|long)[\s-]+)?{UNIT}",
    re.IGNORECASE,
)
ADJECTIVAL = re.compile(
    rf"\b(?!an?\b){NUMBER}[\s-]+(?:sentence|word|line|paragraph)\b(?!s)", re.IGNORECASE
)
"""The "three-sentence" before a noun."""
ORDERED = re.compile(
    rf"^(?P<before>(?:please\s+)?(?:(?:write|give|create|compose|draft)\s+(?:me\s+)?)){NUMBER}[\s-]+{SHORT}{UNIT}",
    re.IGNORECASE,
)
"""The "two sentences" right behind the order; they stay, because their form is read there."""


class Bound(NamedTuple):
    """How many there may be; without limits it is false."""

    least: int = 0
    most: int | None = None

    def __bool__(self) -> bool:
        return self.least > 0 or self.most is not None

    def holds(self, count: int) -> bool:
        """Whether a number is within."""
        return count >= self.least and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        return f"exactly {self.most}" if self.least == self.most else f"at most {self.most}"


ANY = Bound()


class Lengths(NamedTuple):
    """The lengths of a text."""

    sentences: Bound = ANY
    words: Bound = ANY
    characters: Bound = ANY


def lengths(prompt: str) -> tuple[str, Lengths]:
    """Take the requested lengths out of a prompt."""
    found: dict[str, Bound] = {}
    rest = prompt
    for pattern in (LENGTH, TRAILING):
        at = 0
        while match := pattern.search(rest, at):
            start = lead_in(rest, match.start())
            bare = pattern is TRAILING and re.search(r"\blines?\b", match[0], re.IGNORECASE)
            if not _is_constraint(rest, start, match) or (bare and start >= match.start() - 3):
                at = match.end()
                continue
            _note(match, found)
            gap = " " if start and match.end() < len(rest) else ""
            rest = rest[:start] + gap + rest[match.end() :]
            at = start
    for pattern in (ORDERED, ADJECTIVAL, COUNTED):
        match = pattern.search(rest) if "sentences" not in found else None
        if match and (pattern is not COUNTED or _is_constraint(rest, match.start(), match)):
            _note(match, found)
    rest = ADJECTIVAL.sub(" ", rest)
    return " ".join(rest.split()) or prompt, Lengths(**found)


FORMS = re.compile(
    r"\b(?:posts?|captions?|texts?|tweets?|notes?|messages?|ads?|announcements?|descriptions?|e-?mails?|it|write|"
    r"explain\w*|summar\w+|describe\w*|slogans?|headlines?|invitations?|reminders?|poems?)\W*$",
    re.IGNORECASE,
)
"""What has a length: behind anything else, inside a sentence, it belongs to the subject."""


def lead_in(text: str, start: int) -> int:
    """Where the words that only lead to a constraint begin."""
    while start:
        before = text[max(0, start - LONGEST_CARRIER) : start]
        found = BACKWARDS.search(before)
        if found is None:
            break
        word = found["word"] or ""
        if word.lower() not in CARRIERS:
            return start - len(found["gap"])
        start -= len(word) + len(found["gap"])
    return start


def _is_constraint(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a length is that of the text: "stories of up to 500 words, until May" has its own."""
    before, after = text[:start], text[match.end() :]
    return (
        not before.strip()
        or bool(re.match(r"\s*[,;(.\u2013\u2014-]", text[start : match.end()]))
        or bool(re.search(r"[.!?:]\s*$", before))
        or not after.strip(" .!)")
        or bool(FORMS.search(before))
        or bool(re.match(r"\s*(?:about|on|for|that|announcing|:|to)\b", after))
        or bool(
            re.match(r"in\s", text[start : match.end()].lstrip(), re.IGNORECASE)
            and re.match(r"\s*[,;:]", after)
        )
    )


def _note(match: re.Match[str], found: dict[str, Bound]) -> None:
    many = number(match["number"]) or 1
    named = match.groupdict()
    unit = next((u for u in ("words", "sentences", "characters") if named.get(u)), "")
    if not unit:
        unit = "words" if "word" in match[0].lower() else "sentences"
        many *= LINES_PER_PARAGRAPH if "paragraph" in match[0].lower() else 1
    at_most = named.get("most") or (named.get("after") or "").strip(" )")
    if named.get("paragraphs") and many == LINES_PER_PARAGRAPH:
        at_most = "one paragraph has no least length"
    if named.get("least"):
        bound = Bound(many)
    elif at_most or (unit != "sentences" and not named.get("exact")):
        bound = Bound(0, many)
    else:
        bound = Bound(many, many)
    if unit == "sentences" and bound.most:
        bound = Bound(min(bound.least, MOST_UNITS), min(bound.most, MOST_UNITS))
    found.setdefault(unit, bound)


def count(many: int, noun: str) -> str:
    """A number of nouns in words: "two short sentences"."""
    name = NAMES[many] if many < len(NAMES) else str(many)
    return f"{name} short {noun}{'s' * (many != 1)}"
