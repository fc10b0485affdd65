"""Makes the list of a user: candidates → filters → scores → order.

The candidates come from the sources (`sources.py`) and have passed the filters (`filters.py`). The
same candidates, taste, what was learnt, weights and seed give the same list.
"""

from __future__ import annotations

import numpy as np

from service.ranking import exploration
from service.ranking.diversity import WINDOW, Order
from service.ranking.scores import Situation, score
from service.ranking.types import Ranked


def rank(at: Situation, size: int, seed: int) -> list[Ranked]:
    """At most `size` posts, best first; one place of ten tries a post that few have seen."""
    scores, added = score(at)
    order = Order(at.posts, scores, at.weights)
    ranked: list[Ranked] = []
    while len(ranked) < size and len(order.left()):
        tried = None
        if len(ranked) % WINDOW == WINDOW - 1 and at.weights.explored_places:
            tried = _tried(at, order, seed + len(ranked))
        place, probability = tried or (order.best(), 1.0)
        order.append(place)
        ranked.append(
            Ranked(
                post=int(at.posts.posts[place]),
                parts={name: float(values[place]) for name, values in added.items()},
                score=float(scores[place]),
                probability=probability,
                is_explored=tried is not None,
            )
        )
    return ranked


def _tried(at: Situation, order: Order, seed: int) -> tuple[int, float] | None:
    left = order.left()
    few = left[(at.posts.views[left] < at.weights.few_views) & order.allowed(left)]
    if not len(few):
        return None
    few = np.sort(few)
    won, probability = exploration.draw(at.posts.likes[few], at.posts.views[few], seed)
    return int(few[won]), probability
