"""How good pages are, where one post of each page is known to be liked."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2, sqrt

import numpy as np

from service.ranking import diversity
from service.ranking.columns import Columns

PAGE = 10
"""Posts of a page that is judged."""


def gain(place: int | None) -> float:
    """nDCG@10 where the one liked post is at a place from 0; None: absent."""
    return 0.0 if place is None or place >= PAGE else 1 / log2(place + 2)


def dissimilarity(posts: Columns, places: Sequence[int]) -> float:
    """1 less the mean cosine of the subjects of all pairs of a page."""
    alike = diversity.likeness(posts, places)[np.triu_indices(len(places), 1)]
    return 1 - float(alike.mean()) if len(alike) else 0.0


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def standard_error(rate: float, count: int) -> float:
    """The standard error of a share of `count` pages."""
    return sqrt(rate * (1 - rate) / count) if count else 0.0
