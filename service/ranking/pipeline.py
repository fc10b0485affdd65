"""Makes the list of a user: candidates → filters → scores → order.

The candidates come from the sources (`sources.py`) and have passed the filters (`filters.py`). The
same candidates, taste, what was learnt, weights and seed give the same list.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.ranking.columns import columns
from service.ranking.diversity import WINDOW, DiverseList
from service.ranking.exploration import Draws
from service.ranking.learnt import Learnt
from service.ranking.reasons import Reason, reason
from service.ranking.scores import Situation, score
from service.ranking.texts import Texts
from service.ranking.types import ListInput, Ranked


def make_list(learnt: Learnt, wanted: ListInput) -> list[tuple[Ranked, Reason]]:
    """The posts of a list, and why each is there."""
    by_post = {candidate.post: candidate for candidate in wanted.candidates}
    taste, weights = wanted.taste, wanted.weights
    given = wanted.texts
    texts = None if given is None else Texts.unpacked(given.by_post, given.background)
    at = Situation(columns(wanted.candidates), taste, learnt, weights, wanted.now_seconds, texts)
    found = rank(at, wanted.size, wanted.seed)
    half_life = weights.likes_half_life
    near = _with(found, "neighbours")
    causes = {"neighbours": learnt.neighbours.causes(near, taste.likes, half_life, weights.shrink)}
    if texts is not None:
        causes["similarity"] = texts.causes(_with(found, "similarity"), taste.likes, half_life)
    return [(ranked, reason(ranked, by_post[ranked.post], taste, causes)) for ranked in found]


def _with(found: Sequence[Ranked], part: str) -> list[int]:
    """The posts to whose score a part adds something."""
    return [ranked.post for ranked in found if ranked.parts.get(part, 0.0) > 0]


def rank(at: Situation, size: int, seed: int) -> list[Ranked]:
    """At most `size` posts, best first; one place of ten tries a post that few have seen."""
    scores, added = score(at)
    order = DiverseList(at.posts, scores, at.weights)
    draws = Draws(at.posts, at.weights.few_views, seed)
    is_left = np.ones(len(at.posts), dtype=bool)
    posts, totals = at.posts.posts.tolist(), scores.tolist()
    parts = {name: values.tolist() for name, values in added.items()}
    ranked: list[Ranked] = []
    while len(ranked) < size and len(order.left()):
        tried = None
        if len(ranked) % WINDOW == WINDOW - 1 and at.weights.explored_places:
            tried = draws.draw(is_left[draws.tried] & order.allowed(draws.tried))
        place, probability = tried or (order.best(), 1.0)
        order.append(place)
        is_left[place] = False
        ranked.append(
            Ranked(
                post=posts[place],
                parts={name: values[place] for name, values in parts.items()},
                score=totals[place],
                probability=probability,
                is_explored=tried is not None,
            )
        )
    return ranked
