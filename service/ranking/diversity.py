"""The order of a list: maximal marginal relevance within bounds for each author and subject."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.ranking.columns import NO_SUBJECT, Booleans, Columns, Floats
from service.ranking.weights import Weights

CONSIDERED = 60
"""The best posts left, of which the next one is chosen."""
WINDOW = 10
"""The bounds for an author and a subject hold for any ten posts in a row."""
EXPOSURE = 0.9
"""What each earlier post of an author in the list leaves of the worth of the next."""

Places = npt.NDArray[np.intp]


class DiverseList:
    """A list that grows at its end; posts are places in `posts`."""

    def __init__(self, posts: Columns, scores: Floats, weights: Weights) -> None:
        self._posts = posts
        self._weights = weights
        self._left: Places = np.argsort(-scores, kind="stable")
        top = float(scores[self._left[0]]) if len(posts) else 0.0
        self._worth = scores / top if top > 0 else scores.copy()
        self._subjects = posts.subjects + 1  # 0 is NO_SUBJECT
        self._lengths = np.sqrt(np.maximum((self._subjects > 0).sum(axis=1), 1))
        # of the posts just before the next place: how many by each author and about each subject,
        # and how like each other post is to each of them
        self._window: list[int] = []
        self._by_author = np.zeros(len(posts.author_names), dtype=np.int64)
        self._by_subject = np.zeros(len(posts.subject_names) + 1, dtype=np.int64)
        self._alike = np.zeros((WINDOW - 1, len(posts)))
        self._count = 0

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
        alike = self._alike[:, near].max(axis=0)
        return int(near[np.argmax(relevance * self._worth[near] - (1 - relevance) * alike)])

    def allowed(self, places: Places) -> Booleans:
        """Which posts may come next within the bounds."""
        weights = self._weights
        found: Booleans = (self._by_author[self._posts.authors[places]] < weights.by_one_author) & (
            self._by_subject[self._subjects[places]] < weights.by_one_subject
        ).all(axis=1)
        return found

    def append(self, place: int) -> None:
        """Put a post at the end of the list."""
        self._left = self._left[self._left != place]
        is_same = self._posts.authors == self._posts.authors[place]
        self._worth[is_same & (self._worth > 0)] *= EXPOSURE
        alike = self._cosines(place)
        alike[is_same] = 1.0
        self._alike[self._count % (WINDOW - 1)] = alike
        self._count += 1
        self._window.append(place)
        self._tally(place, 1)
        if len(self._window) == WINDOW:
            self._tally(self._window.pop(0), -1)

    def _tally(self, place: int, number: int) -> None:
        self._by_author[self._posts.authors[place]] += number
        self._by_subject[self._subjects[place]] += number
        self._by_subject[NO_SUBJECT + 1] = 0

    def _cosines(self, place: int) -> Floats:
        marks = np.zeros(len(self._by_subject))
        marks[self._subjects[place]] = 1.0
        marks[NO_SUBJECT + 1] = 0.0
        found: Floats = marks[self._subjects].sum(axis=1) / (self._lengths * self._lengths[place])
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
