"""Candidates as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from service.ranking.types import Candidate

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
Booleans: TypeAlias = npt.NDArray[np.bool_]

MOST_SUBJECTS = 8
"""Subjects of a post that are ranked by; further ones are left out."""
NO_SUBJECT = -1
"""Fills the rows of posts with fewer subjects."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Candidates as arrays. Authors and subjects are numbers that stand for names."""

    posts: Integers
    created_seconds: Floats
    authors: Integers
    subjects: Integers
    """A row for each post, filled with NO_SUBJECT."""
    is_followed: Booleans
    views: Floats
    likes: Floats
    author_names: Mapping[str, int]
    subject_names: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.posts)

    def take(self, places: npt.NDArray[np.intp]) -> Columns:
        """Some of the posts, in the order of `places`."""
        return Columns(
            self.posts[places],
            self.created_seconds[places],
            self.authors[places],
            self.subjects[places],
            self.is_followed[places],
            self.views[places],
            self.likes[places],
            self.author_names,
            self.subject_names,
        )


def columns(candidates: Sequence[Candidate]) -> Columns:
    """Candidates as arrays."""
    authors: dict[str, int] = {}
    subjects: dict[str, int] = {}
    rows = np.full((len(candidates), MOST_SUBJECTS), NO_SUBJECT, dtype=np.int64)
    numbers = np.empty(len(candidates), dtype=np.int64)
    for place, candidate in enumerate(candidates):
        numbers[place] = authors.setdefault(candidate.author, len(authors))
        for column, name in enumerate(candidate.subjects[:MOST_SUBJECTS]):
            rows[place, column] = subjects.setdefault(name, len(subjects))
    posts = np.array([candidate.post for candidate in candidates], dtype=np.int64)
    return Columns(
        posts=posts,
        created_seconds=posts / 1e6,
        authors=numbers,
        subjects=rows,
        is_followed=np.array([candidate.is_followed for candidate in candidates], dtype=bool),
        views=np.array([candidate.views for candidate in candidates], dtype=np.float64),
        likes=np.array([candidate.likes for candidate in candidates], dtype=np.float64),
        author_names=authors,
        subject_names=subjects,
    )
