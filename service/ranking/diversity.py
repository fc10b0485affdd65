"""The order of a list: maximal marginal relevance within bounds for each author and subject."""

from __future__ import annotations

import functools
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from service.ranking.columns import NO_SUBJECT, Booleans, Columns, Floats
from service.ranking.weights import Weights

CONSIDERED = 60
"""The best posts left, of which the next one is chosen."""
WINDOW = 10
"""The bounds for an author and a subject hold for any ten posts in a row."""
ZERO_RANK = 5
"""The rank by score of the post that is worth nothing beside the best one."""
LEAST_SPAN = 1.0
"""Of the scores of these two: a like is 2.7 times as likely."""
EXPOSURE = 0.9
"""What each earlier post of an author in the list leaves of the worth of the next."""

Places = npt.NDArray[np.intp]


class DiverseList:
    """A list that grows at its end; posts are places in `posts`."""

    def __init__(self, posts: Columns, scores: Floats, weights: Weights) -> None:
        self._bounds = weights.by_one_author, weights.by_one_subject
        self._left: Places = np.argsort(-scores, kind="stable")
        self._worth = _worth(scores, self._left)
        self._relevance = weights.relevance
        self._author_of = posts.authors.tolist()
        self._subjects = [sorted({*row} - {NO_SUBJECT}) for row in posts.subjects.tolist()]
        self._has_subject = _counts(posts)
        self._lengths = np.sqrt(np.maximum(self._has_subject.sum(axis=0), 1.0))
        self._length_of = self._lengths.tolist()
        self._has_others = (np.bincount(posts.authors) > 1).tolist()
        self._by_author = functools.cache(lambda number: np.flatnonzero(posts.authors == number))
        self._about = functools.cache(lambda number: np.flatnonzero(self._has_subject[number]))
        # the posts just before the next place: how many by each author and about each subject, how
        # many of the two bounds bar each other post, and how like it is to each of them
        self._window: deque[int] = deque()
        self._of_author = [0] * len(posts.author_names)
        self._of_subject = [0] * len(posts.subject_names)
        self._barred = np.zeros(len(posts), dtype=np.int64)
        self._bars = 0
        self._alike = np.zeros((WINDOW - 1, len(posts)))
        self._count = 0

    def left(self) -> Places:
        """The posts that are not in the list, best first."""
        return self._left

    def best(self) -> int:
        """The post for the next place: good, and unlike those just before it."""
        near = self._left[:CONSIDERED]
        if self._bars:
            near = near[self.allowed(near)]
        if not len(near):
            rest = self._left[CONSIDERED:]
            others = rest[self.allowed(rest)][:1]
            return int(others[0] if len(others) else self._left[0])
        alike = np.maximum.reduce(self._alike.take(near, axis=1), axis=0)
        worth = self._relevance * self._worth.take(near)
        return int(near[(worth - (1 - self._relevance) * alike).argmax()])

    def allowed(self, places: Places) -> Booleans:
        """Which posts may come next within the bounds."""
        found: Booleans = self._barred[places] == 0
        return found

    def append(self, place: int) -> None:
        """Put a post at the end of the list."""
        self._left = self._left[self._left != place]
        alike = self._alike[self._count % (WINDOW - 1)]
        self._count += 1
        common = self._has_subject.take(self._subjects[place], axis=0).sum(axis=0)
        np.divide(common, self._lengths * self._length_of[place], out=alike)
        author = self._author_of[place]
        if self._has_others[author]:
            same = self._by_author(author)
            worth = self._worth[same]
            self._worth[same] = np.where(worth > 0, worth * EXPOSURE, worth)
            alike[same] = 1.0
        self._window.append(place)
        self._tally(place, 1)
        if len(self._window) == WINDOW:
            self._tally(self._window.popleft(), -1)

    def _tally(self, place: int, number: int) -> None:
        """Count a post of the window, or one that leaves it, and what is barred by it."""
        author = self._author_of[place]
        by_one_author, by_one_subject = self._bounds
        if _crosses(self._of_author, author, number, by_one_author):
            self._barred[self._by_author(author)] += number
            self._bars += number
        for subject in self._subjects[place]:
            if _crosses(self._of_subject, subject, number, by_one_subject):
                self._barred[self._about(subject)] += number
                self._bars += number


def _worth(scores: Floats, best_first: Places) -> Floats:
    """Scores from 1 for the best to 0 for that of rank ZERO_RANK; below 0 for others.

    Differences that are smaller than LEAST_SPAN altogether are not stretched.
    """
    if not len(scores):
        return scores
    least = float(scores[best_first[:ZERO_RANK][-1]])
    span = float(scores[best_first[0]]) - least
    found: Floats = (scores - least) / max(span, LEAST_SPAN)
    return found


def _crosses(counts: list[int], key: int, number: int, bound: int) -> bool:
    """Add 1 or -1 to a count; whether it has reached or left the bound."""
    counts[key] += number
    return counts[key] == (bound if number > 0 else bound - 1)


def likeness(posts: Columns, places: Sequence[int]) -> Floats:
    """The cosine of each pair of posts over their subjects; 0 if they share none."""
    marks = np.minimum(_counts(posts.take(np.array(places, dtype=np.intp))), 1.0)
    units = marks / np.sqrt(np.maximum(marks.sum(axis=0), 1.0))
    found: Floats = units.T @ units
    return found


def _counts(posts: Columns) -> Floats:
    """For each subject and post, how often the post has the subject."""
    found = np.zeros((len(posts.subject_names) + 1, len(posts)))
    places = np.arange(len(posts))
    for subjects in posts.subjects.T:  # NO_SUBJECT counts in the last row
        found[subjects, places] += 1.0
    return found[:NO_SUBJECT]
