"""The order of a list: maximal marginal relevance within bounds for each author and subject."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.ranking.types import NO_SUBJECT, Booleans, Columns, Floats
from service.ranking.weights import Weights

CONSIDERED = 60
"""The best posts left, of which the next one is chosen."""
WINDOW = 10
"""The bounds for an author and a subject hold for any ten posts in a row."""
EXPOSURE = 0.9
"""What each earlier post of an author in the list leaves of the worth of the next."""

Places = npt.NDArray[np.intp]


class Order:
    """A list that grows at its end; posts are places in `posts`."""

    def __init__(self, posts: Columns, scores: Floats, weights: Weights) -> None:
        self.list: list[int] = []
        self._posts = posts
        self._weights = weights
        self._left: Places = np.argsort(-scores, kind="stable")
        top = float(scores[self._left[0]]) if len(posts) else 0.0
        self._worth = scores / top if top > 0 else scores
        self._shown = np.zeros(len(posts.author_names))
        self._unit = _directions(posts)

    def left(self) -> Places:
        """The posts that are not in the list, best first."""
        return self._left

    def best(self) -> int:
        """The post for the next place: good, and unlike those just before it."""
        near = self._left[:CONSIDERED]
        allowed = self.allowed(near)
        if not allowed.any():
            rest = self._left[CONSIDERED:]
            others = rest[self.allowed(rest)][:1]
            return int(others[0] if len(others) else near[0])
        near = near[allowed]
        relevance = self._weights.relevance
        decayed = EXPOSURE ** self._shown[self._posts.authors[near]]
        gain = relevance * self._worth[near] * decayed - (1 - relevance) * self._likeness(near)
        return int(near[np.argmax(gain)])

    def allowed(self, places: Places) -> Booleans:
        """Which posts may come next within the bounds."""
        window = self.list[-(WINDOW - 1) :]
        if not window:
            return np.ones(len(places), dtype=bool)
        posts, weights = self._posts, self._weights
        authors = np.bincount(posts.authors[window], minlength=len(posts.author_names))
        subjects = np.bincount(
            posts.subjects[window].ravel() + 1, minlength=len(posts.subject_names) + 1
        )
        subjects[NO_SUBJECT + 1] = 0
        found: Booleans = (authors[posts.authors[places]] < weights.by_one_author) & (
            subjects[posts.subjects[places] + 1] < weights.by_one_subject
        ).all(axis=1)
        return found

    def append(self, place: int) -> None:
        """Put a post at the end of the list."""
        self.list.append(place)
        self._shown[self._posts.authors[place]] += 1
        self._left = self._left[self._left != place]

    def _likeness(self, places: Places) -> Floats:
        """How like each post is to the most like of those just before: 1 for the same author."""
        window = self.list[-(WINDOW - 1) :]
        if not window:
            return np.zeros(len(places))
        same = self._posts.authors[places][:, None] == self._posts.authors[window][None, :]
        alike = np.maximum(self._unit[places] @ self._unit[window].T, same)
        found: Floats = alike.max(axis=1)
        return found


def likeness(posts: Columns, places: Sequence[int]) -> Floats:
    """The cosine of each pair of posts over their subjects; 0 if they share none."""
    unit = _directions(posts.take(np.array(places, dtype=np.intp)))
    found: Floats = unit @ unit.T
    return found


def _directions(posts: Columns) -> Floats:
    """The subjects of each post as a vector of length 1, or 0 without subjects."""
    marks = np.zeros((len(posts), len(posts.subject_names) + 1))
    np.put_along_axis(marks, posts.subjects + 1, 1.0, axis=1)
    marks[:, NO_SUBJECT + 1] = 0.0
    lengths = np.linalg.norm(marks, axis=1, keepdims=True)
    found: Floats = marks / np.where(lengths > 0, lengths, 1.0)
    return found
