"""What one user likes, from the user's own acts: recent likes, authors and subjects."""

from __future__ import annotations

import math
from collections.abc import Sequence

from service.ranking.types import Act, Taste

MOST_LIKES = 40
"""Recent likes in a taste."""
HALF_LIFE_SIGNALS = 12.0
"""Later likes, hides, `more` and `less` of the same user after which an act weighs half."""
MORE_LIKES = 3.0
"""Likes that `more` is worth."""
AGAINST = {"hide": 2.0, "less": 10.0}
"""Expected likes that did not come, which a `hide` or a `less` is worth."""
MOST_RATE = 0.2
"""The most likes for each view that is expected: clients may send likes without views."""
PRIOR_LIKES = 1.0
"""Likes, had and expected, that each author and subject begins with."""


class _Tally:
    """Decayed likes, views and refusals of an author or a subject, or of everything."""

    __slots__ = ("against", "likes", "views")

    def __init__(self) -> None:
        self.likes = self.views = self.against = 0.0

    def add(self, act: Act, weight: float) -> None:
        if act.kind == "more":
            self.likes += MORE_LIKES * weight
        elif act.kind in AGAINST:
            self.against += AGAINST[act.kind] * weight
        else:
            self.likes += weight * (act.kind == "like")
            self.views += weight

    def affinity(self, rate: float) -> float:
        """Likes against those expected from the views, from -1 to 1; 0 when as expected."""
        expected = self.views * rate + self.against
        return math.tanh(math.log((self.likes + PRIOR_LIKES) / (expected + PRIOR_LIKES)))


def taste_of(acts: Sequence[Act], half_life: float = HALF_LIFE_SIGNALS) -> Taste:
    """The taste of a user, from acts in their order; views do not make other acts older."""
    authors: dict[str, _Tally] = {}
    subjects: dict[str, _Tally] = {}
    everything = _Tally()
    likes: list[int] = []
    later = 0
    for act in reversed(acts):
        if act.kind in {"unlike", "unhide"}:
            continue
        weight = 0.5 ** (later / half_life)
        later += act.kind != "view"
        everything.add(act, weight)
        if act.kind == "like":
            likes.append(act.post)
        if act.of != "subject":
            authors.setdefault(act.author, _Tally()).add(act, weight)
        if act.of != "author":
            for name in act.subjects:
                subjects.setdefault(name, _Tally()).add(act, weight)
    rate = min(everything.likes / everything.views if everything.views else MOST_RATE, MOST_RATE)
    return Taste(
        likes=tuple(reversed(likes[:MOST_LIKES])),
        authors={name: tally.affinity(rate) for name, tally in authors.items()},
        subjects={name: tally.affinity(rate) for name, tally in subjects.items()},
    )
