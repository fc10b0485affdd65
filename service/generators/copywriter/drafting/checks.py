"""Checks of a sentence of the small model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from service.generators.copywriter.brief import Brief
from service.generators.copywriter.drafting import taboos
from service.generators.copywriter.drafting.plainly import CLAIMS, PLEASING
from service.generators.copywriter.kinds import CAPTION, TOPIC
from service.generators.prompt.language.lexicon import ENGLISH, FOREIGN, several
from service.generators.prompt.language.words import (
    english_share,
    is_latin,
    meaningful,
    stem,
    words,
)
from service.generators.prompt.subject.facts import invents

NEVER = 10
"""The severity of a flaw that rules a unit out completely."""

TOO_LONG = 2
"""The severity of a sentence that can be shortened."""

MOST_PLEASING = 20
"""The most words of a sentence in a text that pleases."""

LONGEST = {"sentences": 30, "title": 14}
"""The most words of a unit: in longer ones a small model loses its way."""

SHORTEST = {"sentences": 5, "title": 3}
"""The fewest words of a unit; behind an opener at least two."""

MOST_ADDED = 2
"""The most words of a sentence about goods that are neither the prompt's nor general praise."""

MOST_ADDED_TO_SCENES = 1
"""The same for a scene."""

LEAST_ENGLISH = 0.2
"""The smallest share of function words in an English sentence of some length."""

SOME_LENGTH = 6
"""The most words for which that share means nothing."""


FRAGMENT = re.compile(
    r"(?:in|at|on|from|with|by|for)\b[^,]*, (?:where|which|who|when)\b[^,]*$", re.IGNORECASE
)
"""A sentence without a main clause: "In Paris, where the sun kisses the sky."""


UNFINISHED = several(
    "a an the and or of is are to with for from by at unto into his her its their my our your"
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A reason not to use a unit; below NEVER the unit may still be better than none."""

    name: str
    severity: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, with the plan and the units before it."""

    text: str
    brief: Brief
    before: Sequence[str] = ()
    opener: str = ""
    words: list[str] = field(init=False)
    stems: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", [word.lower() for word in words(self.text)])
        object.__setattr__(self, "stems", [stem(word) for word in meaningful(self.text)])


def flaw(unit: Unit) -> Flaw | None:
    """The first flaw of a unit; None if it is good."""
    return next((problem for check in CHECKS if (problem := check(unit))), None)


def doomed(text: str, brief: Brief) -> bool:
    """Whether an unfinished sentence has a flaw that its end cannot mend."""
    unit = Unit(text, brief)
    return bool(_voice(unit) or _clash(unit))


def _form(unit: Unit) -> Flaw | None:
    shape = unit.brief.kind.shape
    if len(unit.words) < max(SHORTEST[shape], len(words(unit.opener)) + 2 * bool(unit.opener)):
        return Flaw("too short", 6 if len(unit.words) > 1 else NEVER)
    pleasing = unit.brief.kind.upbeat and shape == "sentences"
    if len(unit.words) > (MOST_PLEASING if pleasing else LONGEST[shape]):
        return Flaw("endless", 8)
    brackets = unit.text.count("(") != unit.text.count(")")
    if brackets or re.search(r"\.\.|,,|\s[,.]|:.*:", unit.text):
        return Flaw("untidy", 9)
    if shape != "title" and unit.words[-1] in UNFINISHED:
        return Flaw("unfinished", 8)
    if shape == "sentences" and FRAGMENT.match(unit.text):
        return Flaw("a fragment", 8)
    return None


def _language(unit: Unit) -> Flaw | None:
    theirs = sum(word in FOREIGN and word not in ENGLISH for word in unit.words)
    ours = sum(word in ENGLISH for word in unit.words)
    if not is_latin(unit.text) or theirs > max(1, ours // 2):
        return Flaw("not English", NEVER)
    telling = len(unit.words) > SOME_LENGTH and unit.brief.kind.shape == "sentences"
    if telling and english_share(unit.text) < LEAST_ENGLISH:
        return Flaw("not English", 9)
    return None


def _voice(unit: Unit) -> Flaw | None:
    kind = unit.brief.kind
    patterns = [
        (taboos.ASSISTANT, Flaw("assistant talk", NEVER)),
        (taboos.UNFIT, Flaw("unfit", NEVER)),
        (taboos.INSULT, Flaw("an insult", NEVER)),
        (taboos.DISAGREEMENT, Flaw("does not agree", NEVER)),
    ]
    if not kind.personal:
        patterns.append((taboos.FIRST_PERSON, Flaw("speaks of itself", 7)))
    if kind.upbeat:
        patterns += [(taboos.GLOOM, Flaw("gloomy", 7)), (taboos.MADE_UP, Flaw("made up", 7))]
    for pattern, problem in patterns:
        # What the prompt itself says may be said.
        if any(not _says(unit.brief.prompt, said[0]) for said in pattern.finditer(unit.text)):
            return problem
    return None


def _says(prompt: str, words: str) -> bool:
    if not words.isalnum():
        return words.lower() in prompt.lower()
    return bool(re.search(rf"\b{re.escape(words)}\b", prompt, re.IGNORECASE))


def _invents(unit: Unit) -> Flaw | None:
    """Numbers, names, days and prices that the prompt does not have."""
    if invents(unit.text, unit.brief.prompt):
        return Flaw("invented", NEVER)
    return None


def _facts(unit: Unit) -> Flaw | None:
    """Facts of the prompt that the first sentence loses; openers mostly keep them."""
    kind = unit.brief.kind
    if unit.before or not kind.upbeat:
        return None
    said = unit.text.lower()
    missing = any(fact.lower() not in said for fact in unit.brief.facts)
    return Flaw("a fact is lost", 8) if missing else None


def _strays(unit: Unit) -> Flaw | None:
    """Claims about goods, and things in a scene, that the prompt does not have."""
    kind = unit.brief.kind
    if not kind.upbeat:
        return None
    added = set(unit.stems) - unit.brief.known
    if added & CLAIMS:
        return Flaw("a claim", 9)
    bound = MOST_ADDED if kind.goods or unit.brief.ours else MOST_ADDED_TO_SCENES
    if (kind.goods or unit.brief.ours or kind in {CAPTION, TOPIC}) and len(
        added - PLEASING
    ) > bound:
        return Flaw("a claim", 8)
    return None


def _avoided(unit: Unit) -> Flaw | None:
    if unit.brief.asked.avoided(unit.text):
        return Flaw("a word to avoid", NEVER)
    return None


def _clash(unit: Unit) -> Flaw | None:
    prompt, text = unit.brief.prompt.lower(), unit.text.lower()
    for subject, clash in taboos.CLASHES:
        if re.search(subject, prompt) and re.search(clash, text) and not re.search(clash, prompt):
            return Flaw("contradiction", 8)
    return None


def _echo(unit: Unit) -> Flaw | None:
    if " ".join(unit.words) in " ".join(words(unit.brief.prompt.lower())) and not unit.opener:
        return Flaw("only the prompt", 5)
    return None


def _loop(unit: Unit) -> Flaw | None:
    triples = Counter(zip(unit.words, unit.words[1:], unit.words[2:], strict=False))
    stems = Counter(unit.stems)
    if any(count > 1 for count in triples.values()) or any(count > 2 for count in stems.values()):  # noqa: PLR2004 - thrice
        return Flaw("loop", 8)
    if any(first == second for first, second in pairwise(unit.stems)):
        return Flaw("stutter", 8)
    if sum(count - 1 for word, count in stems.items() if word not in unit.brief.keywords) > 1:
        return Flaw("repetitive", 4)
    return None


def _repeat(unit: Unit) -> Flaw | None:
    stems = set(unit.stems) - unit.brief.keywords
    shape = unit.brief.kind.shape
    if shape == "title" and len(unit.stems) > len(set(unit.stems)):
        return Flaw("repetitive", 6)
    for other in unit.before:
        theirs = {stem(word) for word in meaningful(other)} - unit.brief.keywords
        alike = len(theirs & stems) / max(1, min(len(theirs), len(stems)))
        if alike > 1 / 2:
            return Flaw("repeats", 8 if alike == 1 else 6)
        if [word.lower() for word in words(other)][:2] == unit.words[:2]:
            return Flaw("same start", 3)
    return None


def _subject(unit: Unit) -> Flaw | None:
    """A first sentence without the subject; later ones need not name it."""
    keywords = unit.brief.keywords
    free = unit.before or not keywords
    if not free and not keywords & set(unit.stems):
        return Flaw("off the subject", 4)
    return None


def _length(unit: Unit) -> Flaw | None:
    limit, most = unit.brief.limit, unit.brief.asked.words.most
    text = " ".join((*unit.before, unit.text))
    if (limit and len(text) > limit) or (most and len(text.split()) > most):
        return Flaw("too long", TOO_LONG)
    return None


CHECKS: tuple[Callable[[Unit], Flaw | None], ...] = (
    *(
        _form,
        _language,
        _voice,
        _invents,
        _avoided,
        _clash,
        _echo,
        _loop,
        _repeat,
        _subject,
        _facts,
        _strays,
        _length,
    ),
)
"""The checks, severe ones first."""
