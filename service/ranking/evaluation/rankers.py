"""What is compared: the ranking of the service, and simple ones beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from service.ranking.columns import Booleans, Columns, Floats
from service.ranking.evaluation.log import Log, LoggedEvent
from service.ranking.evaluation.metrics import PAGE
from service.ranking.evaluation.replay import Places
from service.ranking.learnt import Learnt
from service.ranking.pipeline import rank
from service.ranking.scores import Situation
from service.ranking.sources import ENOUGH_READERS, NEW_AUTHORS, NEW_SECONDS
from service.ranking.taste import taste_of
from service.ranking.types import Act
from service.ranking.weights import Weights

MOST_ACTS = 300
"""Acts of a user that a taste is made of, as in the service."""


def scores_alone(weights: Weights) -> Weights:
    """The weights of a ranking without diversity, bounds and exploration."""
    return replace(weights, relevance=1.0, explored_places=0, by_one_author=100, by_one_subject=100)


class Recommended:
    """The ranking of the service."""

    def __init__(self, log: Log, weights: Weights, seed: int) -> None:
        posts = log.posts
        self._posts = posts
        self._weights = weights
        self._seed = seed
        self._learnt = Learnt(weights)
        self._acts: dict[int, list[Act]] = {}
        self._views = np.zeros(len(posts))
        self._likes = np.zeros(len(posts))
        self._pages = 0
        self._readers: dict[int, set[int]] = {}
        """Of each author."""
        self._since = np.full(len(posts.author_names), -np.inf)
        """When each author began; long ago for all where the log has no new authors."""
        if log.new_authors:
            self._since[:] = np.inf
            np.minimum.at(self._since, posts.authors, posts.created_seconds)
        self._authors = list(posts.author_names)
        self._subjects = list(posts.subject_names)

    def page(self, user: int, candidates: Places, at_seconds: float) -> Sequence[int]:
        """Rank as the service does."""
        posts = self._posts.take(candidates)
        posts = Columns(
            posts.posts,
            posts.created_seconds,
            posts.authors,
            posts.subjects,
            posts.is_followed,
            self._views[candidates],
            self._likes[candidates],
            self._is_new_voice(user, candidates, at_seconds),
            posts.author_names,
            posts.subject_names,
        )
        self._pages += 1
        situation = Situation(
            posts, taste_of(self._acts.get(user, ())), self._learnt, self._weights, at_seconds
        )
        found = rank(situation, PAGE, self._seed + self._pages * PAGE)
        places = {int(post): int(at) for post, at in zip(posts.posts, candidates, strict=True)}
        # a replay has no views, but a post that was tried must not be tried for ever
        for ranked in found:
            self._views[places[ranked.post]] += ranked.is_explored
        return [places[ranked.post] for ranked in found]

    def _is_new_voice(self, user: int, candidates: Places, at_seconds: float) -> Booleans:
        """The posts of new authors with few readers, as the service finds them."""
        authors = self._posts.authors[candidates]
        found: Booleans = self._since[authors] > at_seconds - NEW_SECONDS
        readers = {author: self._readers.get(author, set()) for author in authors[found].tolist()}
        new = [a for a, by in readers.items() if len(by) < ENOUGH_READERS and user not in by]
        new.sort(key=lambda author: (len(readers[author]), self._since[author]))
        return found & np.isin(authors, new[:NEW_AUTHORS])

    def learn(self, event: LoggedEvent) -> None:
        """Learn as the service does."""
        posts = self._posts
        self._readers.setdefault(int(posts.authors[event.post]), set()).add(event.user)
        post = int(posts.posts[event.post])
        names = [int(name) for name in posts.subjects[event.post] if name >= 0]
        acts = self._acts.setdefault(event.user, [])
        if event.kind == "like":
            before = [act.post for act in acts if act.kind == "like"]
            self._learnt.like(post, before, event.at_seconds)
            self._likes[event.post] += 1
        self._views[event.post] += 1
        acts.append(
            Act(
                event.kind,
                post,
                self._authors[posts.authors[event.post]],
                tuple(self._subjects[name] for name in names),
            )
        )
        del acts[:-MOST_ACTS]


class Baseline:
    """Ranks by one number for each post."""

    def __init__(self, log: Log, seed: int) -> None:
        self._log = log
        self._random = np.random.default_rng(seed)

    def page(self, user: int, candidates: Places, at_seconds: float) -> Sequence[int]:
        """The candidates with the highest numbers."""
        scores = self.scores(user, candidates, at_seconds)
        tie = self._random.random(len(candidates))
        best = np.lexsort((tie, -scores))[:PAGE]
        return [int(place) for place in candidates[best]]

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:
        """The number of each candidate."""
        raise NotImplementedError

    def learn(self, event: LoggedEvent) -> None:
        """Learn nothing."""


class RandomBaseline(Baseline):
    """Any ten posts."""

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:  # noqa: ARG002
        """No number: ties are broken at random."""
        return np.zeros(len(candidates))


class RecencyBaseline(Baseline):
    """The posts that were touched last."""

    def __init__(self, log: Log, seed: int) -> None:
        super().__init__(log, seed)
        self._last = log.posts.created_seconds.copy()

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:  # noqa: ARG002
        """When each was created or rated last."""
        return self._last[candidates]

    def learn(self, event: LoggedEvent) -> None:
        """Remember the time."""
        self._last[event.post] = event.at_seconds


class PopularityBaseline(Baseline):
    """Decayed likes."""

    def __init__(self, log: Log, seed: int, half_life_seconds: float) -> None:
        super().__init__(log, seed)
        self._likes = np.zeros(len(log.posts))
        self._half_life = half_life_seconds
        self._at = 0.0

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:  # noqa: ARG002
        """The decayed likes of each."""
        return self._likes[candidates]

    def learn(self, event: LoggedEvent) -> None:
        """Count a like."""
        if event.kind == "like":
            self._likes *= 0.5 ** ((event.at_seconds - self._at) / self._half_life)
            self._at = event.at_seconds
            self._likes[event.post] += 1


class AffinityBaseline(Baseline):
    """Authors and subjects that the user liked, counted."""

    def __init__(self, log: Log, seed: int) -> None:
        super().__init__(log, seed)
        self._by_user: dict[int, tuple[Floats, Floats]] = {}

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:  # noqa: ARG002
        """Liked posts of the author, and of each subject."""
        authors, subjects = self._of(user)
        posts = self._log.posts
        known = posts.subjects[candidates]
        counted = np.append(subjects, 0.0)[known].sum(axis=1) / np.maximum(
            (known >= 0).sum(axis=1), 1
        )
        found: Floats = authors[posts.authors[candidates]] + counted
        return found

    def learn(self, event: LoggedEvent) -> None:
        """Count a like."""
        if event.kind == "like":
            authors, subjects = self._of(event.user)
            authors[self._log.posts.authors[event.post]] += 1
            names = self._log.posts.subjects[event.post]
            subjects[names[names >= 0]] += 1

    def _of(self, user: int) -> tuple[Floats, Floats]:
        posts = self._log.posts
        if user not in self._by_user:
            self._by_user[user] = (
                np.zeros(len(posts.author_names)),
                np.zeros(len(posts.subject_names)),
            )
        return self._by_user[user]


class Oracle(Baseline):
    """Knows what each user likes, and which posts users come across."""

    def scores(self, user: int, candidates: Places, at_seconds: float) -> Floats:
        """The true probability of a like in a planted log."""
        truth = self._log.truth
        if truth is None:
            raise ValueError("Only a planted log has an oracle.")
        exposure = truth.exposure(self._log.posts, candidates, at_seconds)
        found: Floats = truth.liking(user, at_seconds)[candidates] * exposure
        return found
