"""What goes into the ranking and comes out of it; without numpy, which is loaded late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from service.ranking.weights import Weights

Kind = Literal["view", "like", "unlike", "hide", "unhide", "more", "less"]
"""What a user does with a post."""
Of = Literal["author", "subject"]
"""What `more` and `less` are about."""

COUNTED_LIKES = 20
"""Likes of a user just before a new one that are counted together with it."""


class Candidate(Struct, frozen=True):
    """A post that may be shown. `post` is its `created_us`: unique microseconds of its creation."""

    post: int
    author: str
    subjects: tuple[str, ...] = ()
    is_followed: bool = False
    views: int = 0
    likes: int = 0
    source: str = "follows"
    is_new_voice: bool = False
    """By an author who has few readers yet, and whom the reader has not read."""


class Act(Struct, frozen=True):
    """Something that a user did with a post. `weight` fades with the acts after it."""

    kind: Kind
    post: int
    author: str
    subjects: tuple[str, ...] = ()
    of: Of | None = None


@dataclass(frozen=True, slots=True)
class Taste:
    """What one user likes: recent likes, and how authors and subjects fared, each from -1 to 1."""

    likes: tuple[int, ...] = ()
    """Posts, the newest like last."""
    authors: Mapping[str, float] = field(default_factory=dict)
    subjects: Mapping[str, float] = field(default_factory=dict)


class Ranked(Struct, frozen=True):
    """A post in a list: its place from 0, why it is there, and how likely the draw was."""

    post: int
    parts: Mapping[str, float]
    """What each part adds to the score."""
    score: float
    probability: float
    """1 for a post that the score put there, less for one that was drawn."""
    is_explored: bool = False


@dataclass(frozen=True, slots=True)
class LikeChange:
    """A like that is counted or taken back."""

    post: int
    likes: Sequence[int]
    """Posts that the user likes, oldest first: those before a new like, all for one taken back."""
    at_seconds: float
    """When the post was liked."""
    is_taken_back: bool = False


@dataclass(frozen=True, slots=True)
class TextVectors:
    """Packed vectors of the texts of candidates and liked posts, where there are any."""

    by_post: Mapping[int, str]
    background: Sequence[int]
    """Posts whose mean counts as like nothing."""


@dataclass(frozen=True, slots=True)
class ListInput:
    """What a list is made of, besides what was learnt."""

    candidates: Sequence[Candidate]
    taste: Taste
    weights: Weights
    now_seconds: float
    size: int
    seed: int
    texts: TextVectors | None = None
    """None: texts are not compared."""
