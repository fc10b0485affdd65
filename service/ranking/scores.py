"""The parts of a score: one small function for each, listed in PARTS.

A score is the logarithm of how likely a like is, beside a new post of which nothing is known: what
says that it is twice as likely adds 0.7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from service.ranking.columns import Columns, Floats
from service.ranking.learnt import HOUR_SECONDS, Learnt
from service.ranking.popularity import rate
from service.ranking.texts import Texts
from service.ranking.types import Taste
from service.ranking.weights import Weights

NEAR = 0.05
"""The mean cosine to the reader's likes at which a post counts as twice as near as any other."""
SUREST = 0.9999
"""The largest affinity."""
NEVER = 1e-9
"""What a post by an author whom the reader does not follow counts, where it should not count."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What all parts look at."""

    posts: Columns
    taste: Taste
    learnt: Learnt
    weights: Weights
    now_seconds: float
    texts: Texts | None = None
    """None: texts are not compared."""


def neighbours(at: Situation) -> Floats:
    """Liked by those who liked the same: the mean cosine to recent likes; 0 or more."""
    weights, near = at.weights, at.learnt.neighbours
    cosines = near.scores(at.posts.posts, at.taste.likes, weights.likes_half_life, weights.shrink)
    found: Floats = np.log1p(cosines / NEAR)
    return found


def author(at: Situation) -> Floats:
    """How the author fared with this user: the logarithm of likes over those expected."""
    return _by_number(at.taste.authors, at.posts.author_names)[at.posts.authors]


def subject(at: Situation) -> Floats:
    """How the subjects fared, likewise: the mean of what is liked, and the worst of the others."""
    values = _by_number(at.taste.subjects, at.posts.subject_names)
    each = np.append(values, 0.0)[at.posts.subjects]  # NO_SUBJECT is the last
    count = np.maximum((at.posts.subjects >= 0).sum(axis=1), 1)
    found: Floats = np.maximum(each, 0).sum(axis=1) / count + np.minimum(each, 0).min(
        axis=1, initial=0.0
    )
    return found


def recency(at: Situation) -> Floats:
    """0 for a new post, and down to -1, half of the rest with each half-life.

    A post from the future counts as old.
    """
    age = at.now_seconds - at.posts.created_seconds
    half_life = at.weights.recency_half_life_hours * HOUR_SECONDS
    found: Floats = np.where(age < 0, 0.0, 0.5 ** (np.maximum(age, 0) / half_life)) - 1
    return found


def popularity(at: Situation) -> Floats:
    """Decayed likes over views with a Beta prior, beside a post that was never shown.

    Fades out as likes of the user come.
    """
    weights = at.weights
    decayed = at.learnt.popularity.likes(at.posts.posts, at.now_seconds)
    never_shown = rate(np.zeros(1), np.zeros(1), weights.popularity_views)
    found: Floats = np.log(rate(decayed, at.posts.views, weights.popularity_views) / never_shown)
    return found * weights.cold_likes / (weights.cold_likes + len(at.taste.likes))


def similarity(at: Situation) -> Floats:
    """How alike the text is to those of recent likes, from 0 to 1."""
    if at.texts is None:
        return np.zeros(len(at.posts))
    return at.texts.scores(at.posts.posts, at.taste.likes, at.weights.likes_half_life)


PARTS: Mapping[str, Callable[[Situation], Floats]] = {
    "neighbours": neighbours,
    "author": author,
    "subject": subject,
    "recency": recency,
    "popularity": popularity,
    "similarity": similarity,
}
"""The parts by name, which is also the name of their weight."""
FADING = ("author", "subject")
"""Parts that count less, where they are positive, the more likes a post has to be judged by."""


def score(at: Situation) -> tuple[Floats, dict[str, Floats]]:
    """The score of each post, and what each part adds to it."""
    weights = at.weights
    fresh = weights.fresh_likes / (weights.fresh_likes + at.posts.likes)
    added: dict[str, Floats] = {}
    for name, part in PARTS.items():
        weight = float(getattr(weights, name))
        if not weight or (part is similarity and at.texts is None):
            continue
        values = part(at)
        if name in FADING:
            values = np.where(values > 0, values * fresh, values)
        added[name] = weight * values
    if not at.posts.is_followed.all():
        beyond = math.log(max(weights.beyond_follows, NEVER))
        added["beyond_follows"] = np.where(at.posts.is_followed, 0.0, beyond)
    total = sum(added.values(), np.zeros(len(at.posts)))
    return total, added


def _by_number(values: Mapping[str, float], names: Mapping[str, int]) -> Floats:
    found = np.zeros(len(names))
    for name, value in values.items():
        number = names.get(name)
        if number is not None:
            found[number] = value
    logarithms: Floats = np.arctanh(np.clip(found, -SUREST, SUREST))
    return logarithms
