"""A log of what users did with posts, to replay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.ranking.columns import Columns, Floats
from service.ranking.types import Kind


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """A user did something with a post, which is a place in the posts of the log."""

    at_seconds: float
    user: int
    post: int
    kind: Kind
    """A `view` is one without a like."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What decides a planted log."""

    before: Floats
    """The probability that a user likes a post on seeing it; a row for each user."""
    after: Floats
    """The same after the taste of the user has changed."""
    drifts_at: Floats
    half_life_seconds: float
    attraction: Floats
    """How likely each post is shown, beside others of its age."""

    def liking(self, user: int, at_seconds: float) -> Floats:
        """How likely the user likes each post."""
        found: Floats = (self.before if at_seconds < self.drifts_at[user] else self.after)[user]
        return found

    def exposure(self, posts: Columns, places: npt.NDArray[np.intp], at_seconds: float) -> Floats:
        """How likely posts are shown: newer and more popular ones more."""
        age = at_seconds - posts.created_seconds[places]
        found: Floats = self.attraction[places] * 0.5 ** (age / self.half_life_seconds)
        return found


@dataclass(frozen=True, slots=True)
class Log:
    """Events in time order."""

    name: str
    posts: Columns
    """All posts, by their creation."""
    events: list[LoggedEvent]
    judged_from: int
    """The event from which likes are judged: those before are only learnt."""
    judged_every: int
    live_seconds: float
    """The age up to which posts are candidates."""
    new_authors: frozenset[int] = frozenset()
    truth: Truth | None = None
    """Why users like what they like, where it is known."""
