"""The order of a list is that of the plain rules, whatever arrays make it fast."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from service.ranking.columns import columns
from service.ranking.diversity import (
    CONSIDERED,
    EXPOSURE,
    LEAST_SPAN,
    WINDOW,
    ZERO_RANK,
    DiverseList,
)
from service.ranking.types import Candidate
from service.ranking.weights import Weights

SUBJECTS = st.lists(st.sampled_from("abcdef"), max_size=3).map(tuple)
POSTS = st.lists(st.tuples(st.sampled_from("uvwxyz"), SUBJECTS, st.integers(-3, 30)), max_size=90)


def likeness(one: Candidate, other: Candidate) -> float:
    """The cosine over the subjects; a post is most like those of the same author."""
    if one.author == other.author:
        return 1.0
    common = sum(name in set(other.subjects) for name in one.subjects)
    lengths = [math.sqrt(max(len(post.subjects), 1)) for post in (one, other)]
    return common / (lengths[0] * lengths[1])


def plain_order(posts: list[Candidate], scores: list[float], weights: Weights) -> list[int]:
    """Maximal marginal relevance within the bounds, one post at a time."""
    left = sorted(range(len(posts)), key=lambda place: -scores[place])
    best = [scores[place] for place in left[:ZERO_RANK]] or [0.0]
    span = max(best[0] - best[-1], LEAST_SPAN)
    worth = [(score - best[-1]) / span for score in scores]
    chosen: list[int] = []

    def is_allowed(place: int) -> bool:
        window = chosen[1 - WINDOW :]
        authors = Counter(posts[other].author for other in window)
        subjects = Counter(name for other in window for name in set(posts[other].subjects))
        return authors[posts[place].author] < weights.by_one_author and all(
            subjects[name] < weights.by_one_subject for name in posts[place].subjects
        )

    def gain(place: int) -> float:
        before = chosen[1 - WINDOW :]
        alike = max((likeness(posts[place], posts[other]) for other in before), default=0.0)
        return weights.relevance * worth[place] - (1 - weights.relevance) * alike

    while left:
        near = [place for place in left[:CONSIDERED] if is_allowed(place)]
        if near:
            place = max(near, key=lambda place: (gain(place), -left.index(place)))
        else:
            place = next(filter(is_allowed, left), left[0])
        left.remove(place)
        chosen.append(place)
        for other, post in enumerate(posts):
            if post.author == posts[place].author and worth[other] > 0:
                worth[other] *= EXPOSURE
    return chosen


@given(POSTS, st.integers(1, 3), st.integers(1, 4), st.sampled_from((0.2, 0.8, 1.0)))
def test_the_order_is_that_of_the_plain_rules(
    drawn: list[tuple[str, tuple[str, ...], int]],
    by_one_author: int,
    by_one_subject: int,
    relevance: float,
) -> None:
    posts = [Candidate(n, author, subjects) for n, (author, subjects, _) in enumerate(drawn)]
    scores = [value / 7 for *_, value in drawn]
    weights = replace(
        Weights(),
        by_one_author=by_one_author,
        by_one_subject=by_one_subject,
        relevance=relevance,
    )
    found = DiverseList(columns(posts), np.array(scores, dtype=np.float64), weights)
    order = []
    while len(found.left()):
        order.append(found.best())
        found.append(order[-1])
    assert order == plain_order(posts, scores, weights)
