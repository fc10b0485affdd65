"""How alike the texts of posts are, by their vectors."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from service.ranking.columns import Floats, Integers

MOST_BYTE = 127
CENTRED_POSTS = 20.0
"""With fewer posts than that around, the direction that all texts share is hardly known."""
COMPARED_LIKES = 40
"""Recent likes of a user that are compared; older ones would weigh nothing."""

Rows = npt.NDArray[np.float32]


def packed(vector: Sequence[float]) -> str:
    """The direction of a vector as signed bytes in base64; "" for one without a direction."""
    values = np.asarray(vector, dtype=np.float64)
    largest = float(np.abs(values).max(initial=0.0))
    if not largest:
        return ""
    scaled = np.rint(values / largest * MOST_BYTE).astype(np.int8)
    return base64.b64encode(scaled.tobytes()).decode()


class Texts:
    """Vectors of candidates and of liked posts.

    Texts of any two posts are alike to some degree, which is the same for all: it is taken out by
    moving the mean of the candidates to zero.
    """

    def __init__(self, posts: Sequence[int], rows: Rows, background: Iterable[int]) -> None:
        """A row for each post; `background` are the posts whose mean becomes zero."""
        self._places = {post: place for place, post in enumerate(posts)}
        around = [self._places[post] for post in background if post in self._places]
        units = _units(rows)
        if around:
            units = units - units[around].sum(axis=0) / np.float32(len(around) + CENTRED_POSTS)
        self._rows = _units(units)

    @classmethod
    def unpacked(cls, vectors: Mapping[int, str], background: Iterable[int]) -> Texts:
        """From packed vectors. Those of another length than most are left out."""
        raw = {post: base64.b64decode(vectors[post]) for post in sorted(vectors)}
        lengths = Counter(map(len, raw.values()))
        length = max(lengths, key=lambda size: (lengths[size], size), default=0)
        posts = [post for post, row in raw.items() if len(row) == length]
        rows = np.frombuffer(b"".join(raw[post] for post in posts), dtype=np.int8)
        return cls(posts, rows.reshape(len(posts), length).astype(np.float32), background)

    def scores(self, posts: Integers, likes: Sequence[int], half_life: float) -> Floats:
        """How alike each post is to the likes of a user, oldest first; from 0 to 1.

        The mean cosine to the likes, where each later like halves the weight after `half_life`.
        """
        found = np.zeros(len(posts))
        liked, weights = self._weighed(likes, half_life)
        places = np.array([self._places.get(post, -1) for post in posts.tolist()], dtype=np.intp)
        known = places >= 0
        if len(liked) and known.any():
            found[known] = weights @ self._alike(liked, places[known]) / weights.sum()
        return found

    def causes(
        self, posts: Iterable[int], likes: Sequence[int], half_life: float
    ) -> dict[int, int]:
        """For each of these posts the like that is most like it, if one is."""
        liked, weights = self._weighed(likes, half_life)
        known = [post for post in posts if post in self._places]
        if not known or not len(liked):
            return {}
        names = [post for post in reversed(likes[-COMPARED_LIKES:]) if post in self._places]
        places = np.array([self._places[post] for post in known], dtype=np.intp)
        worth = weights[:, None] * self._alike(liked, places)
        return {
            post: names[place]
            for post, place, value in zip(
                known, worth.argmax(axis=0), worth.max(axis=0), strict=True
            )
            if value > 0
        }

    def _weighed(
        self, likes: Sequence[int], half_life: float
    ) -> tuple[npt.NDArray[np.intp], Floats]:
        """The places of recent likes, the newest first, and the weight of each."""
        known = [
            (back, self._places[post])
            for back, post in enumerate(reversed(likes[-COMPARED_LIKES:]))
            if post in self._places
        ]
        backs = np.array([back for back, _ in known], dtype=np.float64)
        return np.array([place for _, place in known], dtype=np.intp), 0.5 ** (backs / half_life)

    def _alike(self, liked: npt.NDArray[np.intp], places: npt.NDArray[np.intp]) -> Floats:
        found: Floats = np.maximum(self._rows[liked] @ self._rows[places].T, 0).astype(np.float64)
        return found


def _units(rows: Rows) -> Rows:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)
