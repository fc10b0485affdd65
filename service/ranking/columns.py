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
    is_new_voice: Booleans
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
            self.is_new_voice[places],
            self.author_names,
            self.subject_names,
        )


def columns(candidates: Sequence[Candidate]) -> Columns:
    """Candidates as arrays."""
    authors: dict[str, int] = {}
    subjects: dict[str, int] = {}
    rows: list[int] = []
    for candidate in candidates:
        names = candidate.subjects[:MOST_SUBJECTS]
        rows += [subjects.setdefault(name, len(subjects)) for name in names]
        rows += [NO_SUBJECT] * (MOST_SUBJECTS - len(names))
    numbers = [authors.setdefault(candidate.author, len(authors)) for candidate in candidates]
    posts = np.array([candidate.post for candidate in candidates], dtype=np.int64)
    return Columns(
        posts=posts,
        created_seconds=posts / 1e6,
        authors=np.array(numbers, dtype=np.int64),
        subjects=np.array(rows, dtype=np.int64).reshape(-1, MOST_SUBJECTS),
        is_followed=np.array([candidate.is_followed for candidate in candidates], dtype=bool),
        views=np.array([candidate.views for candidate in candidates], dtype=np.float64),
        likes=np.array([candidate.likes for candidate in candidates], dtype=np.float64),
        is_new_voice=np.array([candidate.is_new_voice for candidate in candidates], dtype=bool),
        author_names=authors,
        subject_names=subjects,
    )
