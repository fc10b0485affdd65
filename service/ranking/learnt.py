"""What was learnt from the likes of all users, kept up to date with each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from service.ranking.neighbours import PLACES, Neighbours
from service.ranking.popularity import Popularity
from service.ranking.types import COUNTED_LIKES, LikeChange
from service.ranking.weights import Weights

HOUR_SECONDS = 3600.0


class Learnt:
    """Neighbours and popularity. The same likes in the same order give the same numbers."""

    def __init__(self, weights: Weights, places: int = PLACES) -> None:
        self.neighbours = Neighbours(places)
        self.popularity = Popularity(weights.popularity_half_life_hours * HOUR_SECONDS)

    def apply(self, changes: Iterable[LikeChange]) -> None:
        """Count likes, and take likes back, in this order."""
        for change in changes:
            count = self.unlike if change.is_taken_back else self.like
            count(change.post, change.likes, change.at_seconds)

    def like(self, post: int, before: Sequence[int], at_seconds: float) -> None:
        """A user who liked `before`, oldest first, likes a post."""
        self.neighbours.observe(post, before)
        self.popularity.observe(post, at_seconds)

    def unlike(self, post: int, likes: Sequence[int], liked_at_seconds: float) -> None:
        """A user with these likes, oldest first, takes one back."""
        if post not in likes:
            return
        at = likes.index(post)
        around = [*likes[max(at - COUNTED_LIKES, 0) : at], *likes[at + 1 : at + 1 + COUNTED_LIKES]]
        self.neighbours.forget(post, around)
        self.popularity.forget(post, liked_at_seconds)
