"""Reads a prompt: what kind of text, about what, how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.generators.copywriter.foreign import UNKNOWN, in_english, is_foreign
from service.generators.copywriter.hashtags import hashtags
from service.generators.copywriter.kinds import (
    ANSWER,
    CAPTION,
    EMAIL,
    EVENT,
    EXPLANATION,
    LIST,
    NEWS,
    PLAIN,
    POST,
    PRODUCT,
    SLOGAN,
    Kind,
    kind_of,
)
from service.generators.copywriter.lengths import (
    COUNTED_ITEMS,
    ITEMS,
    LISTING,
    NAMES,
    count,
    heading,
    items,
    lengths,
)
from service.generators.copywriter.phrase import Phrase, noun_phrase, statement, subject
from service.generators.copywriter.questions import beginning
from service.generators.copywriter.tidy import tidy
from service.generators.copywriter.words import meaningful, stem
from service.generators.protocol import GenerationFailed

if TYPE_CHECKING:
    from service.generators.protocol import Job

CHARACTERS_PER_SENTENCE = 110
"""Of this model, on average."""

BRIEF_ENDS = ("is", "are", "bring", "brings", ":", "every", "who", "the")
"""Openers that are mostly gone on from in few words."""

OPENER_SHARE = 0.5
"""Of the characters allowed: the model needs the others to end its sentence."""

WITH_LEAD = frozenset({CAPTION, NEWS, EVENT, POST, EMAIL, PLAIN})
"""Kinds that a telling prompt ("We moved to a new office") may begin itself."""

GOODS = frozenset({PRODUCT, NEWS, EVENT, SLOGAN})
"""Kinds whose subject is the noun before the first comma; what follows are its details."""

UNWRITTEN = re.compile(
    r"(?:please\s+)?(?:translate|calculate|compute|solve|convert|decode)\b", re.IGNORECASE
)
"""What no text about a subject can answer."""


TAMPERING = re.compile(
    r"(?:ignore|disregard|override|forget|reveal|repeat|print|output|pretend)\b", re.IGNORECASE
)
"""Orders to the model rather than to the writer: there is no subject in them."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What to write, in the terms of the writer."""

    kind: Kind
    task: str
    least: int
    most: int
    limit: int | None
    """Characters at most."""
    lead: str
    """The first sentence, where the prompt itself is one that only wants to be gone on from."""
    openers: tuple[str, ...]
    followers: tuple[str, ...]
    heading: str
    """What the model believes to have written above a list; never part of the text."""
    prompt: str
    """As it was given, with its subject in English: what is in here may be said."""
    keywords: frozenset[str]
    """Stems of the words that make the subject."""
    tags: tuple[str, ...]
    temperature: float
    max_tokens: int | None


def brief(job: Job) -> Brief:
    """Understand a job; GenerationFailed if it asks for something else than a text."""
    prompt = tidy(job.prompt)
    if UNWRITTEN.match(prompt):
        raise GenerationFailed(
            "The local text model writes short English texts; it cannot translate or calculate.",
            retryable=False,
        )
    rest, units, limit = lengths(prompt)
    kind, about, phrase = _wish(rest, job)
    if kind is LIST:
        units = units or items(rest) or LIST.most
    least, most = (units, units) if units else (kind.least, kind.most)
    limit = min(filter(None, (limit, kind.limit)), default=None)
    if limit and kind.shape == "sentences" and not units:
        most = max(1, min(most, limit // CHARACTERS_PER_SENTENCE))
        least = min(least, most)
    task, lead, openers = _beginning(kind, about, phrase, most)
    if limit:
        openers = tuple(opener for opener in openers if len(opener) < OPENER_SHARE * limit)
    if most == 1 and limit and limit < CHARACTERS_PER_SENTENCE:
        openers = tuple(opener for opener in openers if opener.endswith(BRIEF_ENDS)) or openers
    return Brief(
        kind=kind,
        task=task,
        least=least,
        most=most,
        limit=limit,
        lead=lead,
        openers=openers,
        followers=kind.followers if phrase or lead else (),
        heading=f"{heading(rest, most)}:\n" if kind is LIST else "",
        prompt=f"{prompt} {about}",
        keywords=frozenset(stem(word) for word in meaningful(about)),
        tags=hashtags(rest if is_foreign(rest) else about, about) if job.instagram else (),
        temperature=float(job.options.get("temperature", kind.temperature)),
        max_tokens=int(job.options["max_tokens"]) if "max_tokens" in job.options else None,
    )


def _wish(rest: str, job: Job) -> tuple[Kind, str, Phrase | None]:
    """The kind of text, its subject, and that as a noun phrase if it is one."""
    if is_foreign(rest):
        # What is known of it, as a caption in English: the model speaks nothing else.
        phrase = noun_phrase(in_english(rest))
        return CAPTION, phrase.a if phrase else UNKNOWN, phrase
    if ITEMS.search(rest) and (COUNTED_ITEMS.search(rest) or LISTING.match(rest)):
        return LIST, rest, None
    kind = kind_of(rest)
    if job.instagram and kind in {PLAIN, POST}:
        kind = CAPTION
    about = subject(rest)
    if TAMPERING.match(about):
        return CAPTION, UNKNOWN, noun_phrase(UNKNOWN)
    return kind, about, noun_phrase(about.split(",")[0] if kind in GOODS else about)


def _beginning(
    kind: Kind, about: str, phrase: Phrase | None, most: int
) -> tuple[str, str, tuple[str, ...]]:
    """The task, the first sentence where the prompt gives it, and first words."""
    forms = (phrase or Phrase(about, plural=False, inner=False)).forms()
    number = count(most, "sentence")
    answer = beginning(about) if kind in {ANSWER, EXPLANATION} else None
    if answer:
        return ANSWER.task.format(subject=about, count=number), "", (answer,)
    plain = phrase.a if phrase else about.rstrip(" .!?")
    task = kind.task.format(subject=plain, count=number, lines=NAMES[min(most, 10)], **forms)
    lead = statement(about) if kind in WITH_LEAD else ""
    if kind is EMAIL and phrase and not lead:
        lead = f"I am writing to you about {phrase.a}."
    openers = (o for o in kind.openers if "{" not in o or (phrase and _fits(o, phrase)))
    return task, lead, tuple(opener.format(**forms) for opener in openers)


def _fits(opener: str, phrase: Phrase) -> bool:
    if phrase.related and opener.endswith(("that", "who", "which")):
        return False
    return phrase.inner or opener.startswith("{A}")
