"""How much all users like a post now: decayed likes over views."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np

from service.ranking.columns import Floats, Integers

PRIOR_LIKES = 2.0
"""A post that was never shown counts as liked by PRIOR_LIKES of the configured number of views."""
VIEW_LIKES = 0.08
"""Likes that a view is worth: what many read is popular, if less than what many like."""
MOST_POSTS = 8192
"""Posts whose decayed likes are kept: when there are more, the less liked half is forgotten."""
MOST_SORTED = 200
"""Most liked posts that are kept sorted."""
MOST_HALF_LIVES = 256.0
"""Half-lives after which the likes are counted from a later moment."""
MOST_EXPONENT = 900.0
"""2 ** 1024 is no float."""


class Popularity:
    """The decayed likes of each post, in units of one moment, so that time alone moves no rank."""

    def __init__(self, half_life_seconds: float) -> None:
        self._half_life = half_life_seconds
        self._likes: dict[int, float] = {}
        self._since_seconds: float | None = None
        # the MOST_SORTED most liked posts are among these: no other has more than `_least`
        self._top: dict[int, float] = {}
        self._least = 0.0
        self._is_stale = False
        """Whether a post of these has lost likes, so that others may have more."""

    def observe(self, post: int, at_seconds: float) -> None:
        """Count a like."""
        self._move(at_seconds)
        likes = self._likes[post] = self._likes.get(post, 0.0) + self._worth(at_seconds)
        if len(self._likes) > MOST_POSTS:
            self._likes = _largest(self._likes, MOST_POSTS // 2)
        if likes >= self._least and not self._is_stale:
            self._top[post] = likes
            if len(self._top) > 2 * MOST_SORTED:
                self._sort(self._top)

    def forget(self, post: int, at_seconds: float) -> None:
        """Take back a like that was given at this time."""
        worth = self._worth(at_seconds)
        left = self._likes.pop(post, 0.0) - worth
        if left > worth / 1e6:
            self._likes[post] = left
        self._is_stale = self._is_stale or post in self._top

    def likes(self, posts: Integers, at_seconds: float) -> Floats:
        """The decayed likes of posts at a time."""
        found = np.array([self._likes.get(post, 0.0) for post in posts.tolist()])
        return found / self._worth(at_seconds)

    def most(self, limit: int) -> list[int]:
        """The posts with most decayed likes, the first first."""
        if self._is_stale:
            self._sort(self._likes)
        return list(_largest(self._top if limit <= MOST_SORTED else self._likes, limit))

    def _sort(self, likes: Mapping[int, float]) -> None:
        self._top = _largest(likes, MOST_SORTED)
        self._least = min(self._top.values()) if len(self._top) == MOST_SORTED else 0.0
        self._is_stale = False

    def _worth(self, at_seconds: float) -> float:
        """What a like at a time is worth, in likes of the first moment."""
        since = at_seconds if self._since_seconds is None else self._since_seconds
        half_lives = (at_seconds - since) / self._half_life
        return float(2.0 ** min(max(half_lives, -MOST_EXPONENT), MOST_EXPONENT))

    def _move(self, at_seconds: float) -> None:
        """Count from this moment on, if the first one is too long ago."""
        if self._since_seconds is None:
            self._since_seconds = at_seconds
        half_lives = (at_seconds - self._since_seconds) / self._half_life
        if half_lives > MOST_HALF_LIVES:
            self._since_seconds = at_seconds
            factor = 0.5 ** min(half_lives, MOST_EXPONENT)
            self._likes = {post: likes * factor for post, likes in self._likes.items()}
            self._sort(self._likes)


def _largest(likes: Mapping[int, float], count: int) -> dict[int, float]:
    best = heapq.nlargest(count, likes, key=lambda post: (likes[post], post))
    return {post: likes[post] for post in best}


def rate(decayed_likes: Floats, views: Floats, prior_views: float) -> Floats:
    """Decayed likes over views, with the Beta prior of a post without views."""
    found: Floats = (decayed_likes + VIEW_LIKES * views + PRIOR_LIKES) / (views + prior_views)
    return found
