"""Which posts are liked by the same users, counted with each like, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from service.ranking.columns import Floats, Integers
from service.ranking.types import COUNTED_LIKES

PLACES = 4096
"""Posts that are kept: those liked last. Their counts take 64 MiB."""
Places = npt.NDArray[np.intp]

SURE_LIKES = 2.0
"""Common likes that count half: one or two may be chance."""
WEIGHED_LIKES = 40
"""Recent likes of a user that are compared with other posts; older ones would weigh nothing."""


class Neighbours:
    """Counts, for each pair of posts, the users who like both within COUNTED_LIKES of each other.

    A post takes a place with its first like. When all are taken, the post whose last like is oldest
    gives its place away and is forgotten.
    """

    def __init__(self, places: int = PLACES) -> None:
        self._together: npt.NDArray[np.float32] = np.zeros((places, places), dtype=np.float32)
        self._likes: Floats = np.zeros(places)
        self._places: OrderedDict[int, int] = OrderedDict()  # the post whose like is oldest first
        self._posts: Integers = np.zeros(places, dtype=np.int64)

    def __contains__(self, post: int) -> bool:
        return post in self._places

    def observe(self, post: int, before: Sequence[int]) -> None:
        """Count a like of a user who liked `before`, oldest first."""
        place = self._place(post)
        others = [self._places[p] for p in before[-COUNTED_LIKES:] if p in self._places]
        self._together[place, others] += 1
        self._together[others, place] += 1
        self._likes[place] += 1

    def forget(self, post: int, around: Sequence[int]) -> None:
        """Take back a like of a user who likes `around`: the likes just before and after it."""
        place = self._places.get(post)
        if place is None:
            return
        others = [self._places[p] for p in around if p in self._places]
        self._together[place, others] = np.maximum(self._together[place, others] - 1, 0)
        self._together[others, place] = self._together[place, others]
        self._likes[place] = max(self._likes[place] - 1, 0)

    def scores(
        self, posts: Integers, likes: Sequence[int], half_life: float, shrink: float
    ) -> Floats:
        """How near each post is to the likes of a user, oldest first; from 0 to 1.

        The mean cosine to the likes, where each later like halves the weight after `half_life`.
        `shrink` is added below, and few common likes count less: neither makes posts near.
        """
        liked, weights = self._weighed(likes, half_life)
        if not len(liked):
            return np.zeros(len(posts))
        get = self._places.get
        places = np.array([get(post, -1) for post in posts.tolist()], dtype=np.intp)
        has_place = places >= 0
        found = np.zeros(len(posts))
        found[has_place] = self._near(places[has_place], liked, weights, shrink)
        return found

    def nearest(
        self, likes: Sequence[int], half_life: float, shrink: float, limit: int
    ) -> list[int]:
        """The posts nearest to the likes, nearest first."""
        liked, weights = self._weighed(likes, half_life)
        if not len(liked):
            return []
        near = np.flatnonzero(self._together[liked].any(axis=0))
        scores = self._near(near, liked, weights, shrink)
        best = near[np.argsort(-scores, kind="stable")[:limit]]
        return [int(post) for post in self._posts[best]]

    def causes(
        self, posts: Iterable[int], likes: Sequence[int], half_life: float, shrink: float
    ) -> dict[int, int]:
        """For each of these posts the like that says most for it, if there is one."""
        liked, weights = self._weighed(likes, half_life)
        known = [post for post in posts if post in self._places]
        if not known or not len(liked):
            return {}
        places = np.array([self._places[post] for post in known], dtype=np.intp)
        norms = np.sqrt(self._likes[liked][:, None] * self._likes[places][None, :]) + shrink
        worth = weights[:, None] * _sure(self._together[np.ix_(liked, places)]) / norms
        best = worth.argmax(axis=0)
        return {
            post: int(self._posts[liked[place]])
            for post, place, value in zip(known, best, worth.max(axis=0), strict=True)
            if value > 0
        }

    def _weighed(self, likes: Sequence[int], half_life: float) -> tuple[Places, Floats]:
        """The places of recent likes, and the weight of each."""
        known = [
            (back, self._places[post])
            for back, post in enumerate(reversed(likes[-WEIGHED_LIKES:]))
            if post in self._places
        ]
        backs = np.array([back for back, _ in known], dtype=np.float64)
        return np.array([place for _, place in known], dtype=np.intp), 0.5 ** (backs / half_life)

    def _near(self, places: Places, liked: Places, weights: Floats, shrink: float) -> Floats:
        norms = np.sqrt(self._likes[liked][:, None] * self._likes[places][None, :]) + shrink
        common = _sure(self._together[np.ix_(liked, places)])
        found: Floats = weights @ (common / norms) / weights.sum()
        return found

    def _place(self, post: int) -> int:
        place = self._places.get(post)
        if place is not None:
            self._places.move_to_end(post)
            return place
        if len(self._places) < len(self._likes):
            place = len(self._places)
        else:
            _, place = self._places.popitem(last=False)
            self._together[place] = 0
            self._together[:, place] = 0
            self._likes[place] = 0
        self._places[post] = place
        self._posts[place] = post
        return place


def _sure(common: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Common likes, less what may be chance: 2 count as 1, 20 as 18."""
    found: npt.NDArray[np.float32] = common * common / (common + np.float32(SURE_LIKES))
    return found
