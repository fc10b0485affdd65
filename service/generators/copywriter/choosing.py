"""Chooses among several sentences of a small model that have all passed their checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.generators.copywriter.kinds import TextKind
from service.generators.prompt.words import meaningful, stem

FIRST, LATER = 4, 2
"""How many sentences are written for the place of one."""

SURE = -0.75
"""A mean log-probability of the tokens from which on no other sentence is waited for."""

UNKNOWN = -1.0
"""Of a sentence whose tokens the server says nothing about."""

FLOOR = -1.2
"""Below it a sentence is worse than none: the model was guessing."""


class ScoredSentence(NamedTuple):
    """A sentence, and the mean log-probability of its tokens."""

    text: str
    logprob: float


def candidates_wanted(kind: TextKind, *, first: bool) -> int:
    """How many sentences to choose from."""
    if kind.shape != "sentences":
        return 1
    if kind.knowing:
        return kind.votes if first else 1
    return FIRST if first else LATER


def chosen(
    candidates: Sequence[ScoredSentence], kind: TextKind, keywords: frozenset[str]
) -> ScoredSentence:
    """The likeliest sentence; where facts are asked for, the one that the others agree with."""
    if kind.votes > 1 and len(candidates) > 1:
        text = most_agreed([candidate.text for candidate in candidates], keywords)
        return next(candidate for candidate in candidates if candidate.text == text)
    return max(candidates, key=lambda candidate: candidate.logprob)


def most_agreed(sentences: list[str], keywords: frozenset[str]) -> str:
    """The sentence that shares most of its words with the others."""
    stems = [{stem(word) for word in meaningful(one)} - keywords for one in sentences]

    def agreement(at: int) -> float:
        others = [other for i, other in enumerate(stems) if i != at]
        shared = sum(word in other for word in stems[at] for other in others)
        return shared / (len(stems[at]) + 2)

    return sentences[max(range(len(sentences)), key=agreement)]
