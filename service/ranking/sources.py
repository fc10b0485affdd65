"""Where candidates come from, with a quota each. They make 430 posts at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.ranking.types import Taste
from service.ranking.weights import Weights

if TYPE_CHECKING:
    from service.ranking.learnt import Learnt  # with numpy

QUOTAS = {
    "follows": 120,
    "neighbours": 80,
    "authors": 50,
    "subjects": 50,
    "popular": 50,
    "new": 50,
    "voices": 30,
}
"""The most posts of each source. A post of several counts for the first of them."""
NEW_SECONDS = 2 * 86_400
"""For so long after the first post an author is new,"""
ENOUGH_READERS = 20
"""and until so many users have seen a post."""
NEW_AUTHORS = 10
"""New authors whose posts are candidates of one list: those with fewest readers."""
LIKED_NAMES = 5
"""Authors, and subjects, that posts are taken of: those with the highest affinities."""


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """What the sources ask the store for."""

    neighbours: Sequence[int]
    """Posts liked by those who liked the same."""
    popular: Sequence[int]
    """Posts with most decayed likes."""
    authors: Sequence[str]
    """Authors that the reader likes."""
    subjects: Sequence[str]
    """Subjects that the reader likes."""


def source_query(taste: Taste, learnt: Learnt, weights: Weights) -> SourceQuery:
    """What to ask for, for a taste."""
    near = learnt.neighbours.nearest(
        taste.likes, weights.likes_half_life, weights.shrink, QUOTAS["neighbours"]
    )
    return SourceQuery(
        near,
        learnt.popularity.most(QUOTAS["popular"]),
        _liked(taste.authors),
        _liked(taste.subjects),
    )


def _liked(affinities: Mapping[str, float]) -> list[str]:
    found = sorted(affinities.items(), key=lambda item: (-item[1], item[0]))
    return [name for name, affinity in found[:LIKED_NAMES] if affinity > 0]
