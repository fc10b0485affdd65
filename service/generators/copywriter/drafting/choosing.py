"""Chooses among several sentences of a small model that have all passed their checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from service.generators.copywriter.kinds import TextKind

FIRST, LATER = 2, 1
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
    return FIRST if first else LATER


def likeliest(candidates: Sequence[ScoredSentence]) -> ScoredSentence:
    """The sentence that the model was surest of."""
    return max(candidates, key=lambda candidate: candidate.logprob)
