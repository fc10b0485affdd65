"""What the pages of a planted log have to be, besides good: fair to new authors, mixed, quick.

In a replay users see the pages of the log. Whether new authors find readers shows only where users
see the pages of the ranking: in visits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from service.ranking.evaluation import metrics
from service.ranking.evaluation.log import LoggedEvent
from service.ranking.evaluation.planted import DAY_SECONDS, Planted
from service.ranking.evaluation.replay import Judged, Ranker

READERS_OF_NEW = 20
MOST_BY_ONE = 2
MOST_SHARED = 0.3
REGAINED = 0.9
REGAINED_LIKES = (15, 30)
"""After so many likes since a change of taste pages have to be as good as before, nearly."""
VISITS_A_DAY = 3.0
VISITED_SECONDS = (4 * DAY_SECONDS, 8 * DAY_SECONDS)
"""When users visit: before, during and after the flood."""
NEAR_SECONDS = 1800.0
"""Pages of different users that are compared are so near each other in time."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One goal, and what was found; `count` is over how many authors or pages."""

    name: str
    goal: str
    found: float
    count: int
    is_met: bool


def visits(planted: Planted, ranker: Ranker, seed: int) -> Iterator[Judged]:
    """Pages of users who from some day on see nothing else; what they like is learnt."""
    random, log, truth = np.random.default_rng(seed), planted.log, planted.log.truth
    if truth is None:
        raise ValueError("Only a planted log has likes that did not come.")
    first, last = VISITED_SECONDS
    users = len(planted.drifts_at)
    count = round(users * VISITS_A_DAY * (last - first) / DAY_SECONDS)
    seen = np.zeros((users, len(log.posts)), dtype=bool)
    for event in log.events:
        if event.at_seconds >= first:
            break
        seen[event.user, event.post] = True
        ranker.learn(event)
    for at in np.sort(random.uniform(first, last, count)).tolist():
        user = int(random.integers(users))
        live = np.arange(*np.searchsorted(log.posts.created_seconds, [at - log.live_seconds, at]))
        page = tuple(ranker.page(user, live[~seen[user, live]], at))
        seen[user, list(page)] = True
        yield Judged(LoggedEvent(at, user, page[0], "view"), page, None, is_cold=False)
        likes = random.random(len(page)) < truth.liking(user, at)[list(page)]
        for post, is_liked in zip(page, likes, strict=True):
            ranker.learn(LoggedEvent(at, user, post, "like" if is_liked else "view"))


def reaches(
    planted: Planted,
    visited: Sequence[Judged],
    judged: Sequence[Judged],
    best: Sequence[Judged],
) -> list[Reach]:
    """Compare pages of visits and of a replay; `best` are the oracle's for the same likes."""
    readers = _readers_of_new(planted, visited)
    floods = max((_most_by_one(planted, page) for page in visited), default=0)
    shared = list(_shared(planted, visited))
    regained, pages = _regained(planted, judged, best)
    least, share = min(readers, default=0), metrics.mean(shared)
    return [
        Reach(
            "readers of a new author within a day, the fewest",
            f"at least {READERS_OF_NEW}",
            least,
            len(readers),
            least >= READERS_OF_NEW,
        ),
        Reach(
            "posts of one author in a page, the most",
            f"at most {MOST_BY_ONE}",
            floods,
            len(visited),
            floods <= MOST_BY_ONE,
        ),
        Reach(
            "share of a page that readers of opposite tastes have in common",
            f"at most {MOST_SHARED}",
            share,
            len(shared),
            share <= MOST_SHARED,
        ),
        Reach(
            f"expected nDCG {REGAINED_LIKES[0]} to {REGAINED_LIKES[1]} likes after a change of "
            "taste, beside that before",
            f"at least {REGAINED}",
            regained,
            pages,
            regained >= REGAINED,
        ),
    ]


def _readers_of_new(planted: Planted, judged: Sequence[Judged]) -> list[int]:
    """For each new author, the readers within a day of the first post."""
    log = planted.log
    first = judged[0].event.at_seconds
    last = judged[-1].event.at_seconds - DAY_SECONDS
    began: dict[int, float] = {}
    for author, created in zip(
        log.posts.authors.tolist(), log.posts.created_seconds.tolist(), strict=True
    ):
        if author in log.new_authors:
            began.setdefault(author, created)
    readers: dict[int, set[int]] = {a: set() for a, at in began.items() if first <= at <= last}
    for page in judged:
        for author in log.posts.authors[list(page.page)].tolist():
            if author in readers and page.event.at_seconds <= began[author] + DAY_SECONDS:
                readers[author].add(page.event.user)
    return [len(users) for users in readers.values()]


def _most_by_one(planted: Planted, page: Judged) -> int:
    return int(np.bincount(planted.log.posts.authors[list(page.page)]).max(initial=0))


def _shared(planted: Planted, judged: Sequence[Judged]) -> Iterator[float]:
    """For pages one after the other, by users who love no subject both: what is in both."""
    for one, other in pairwise(judged):
        users = one.event.user, other.event.user
        loved = [
            planted.loved_at(user, page.event.at_seconds)
            for user, page in zip(users, (one, other), strict=True)
        ]
        near = other.event.at_seconds - one.event.at_seconds < NEAR_SECONDS
        if near and users[0] != users[1] and not (loved[0] & loved[1]).any():
            yield len({*one.page} & {*other.page}) / metrics.PAGE


def _regained(
    planted: Planted, judged: Sequence[Judged], best: Sequence[Judged]
) -> tuple[float, int]:
    """How good pages some likes after a change of taste are, beside those before.

    And the number of these pages. A page is worth what the truth expects of it, as a share of the
    oracle's: the one like that came would say the same, with much more chance in it.
    """
    likes: dict[int, list[float]] = defaultdict(list)
    for event in planted.log.events:
        if event.kind == "like" and event.at_seconds >= planted.drifts_at[event.user]:
            likes[event.user].append(event.at_seconds)
    before: list[float] = []
    after: list[float] = []
    for page, ideal in zip(judged, best, strict=True):
        at, user = page.event.at_seconds, page.event.user
        if not np.isfinite(planted.drifts_at[user]):
            continue
        if at < planted.drifts_at[user]:
            before.append(_expected(planted, page) / _expected(planted, ideal))
        elif REGAINED_LIKES[0] <= np.searchsorted(likes[user], at) <= REGAINED_LIKES[1]:
            after.append(_expected(planted, page) / _expected(planted, ideal))
    was = metrics.mean(before)
    return (metrics.mean(after) / was if was else 0.0), len(after)


def _expected(planted: Planted, page: Judged) -> float:
    """The nDCG of a page that is to be expected, beside other pages for the same like."""
    log, truth = planted.log, planted.log.truth
    if truth is None:
        raise ValueError("Only a planted log has chances.")
    at, places = page.event.at_seconds, np.array(page.page, dtype=np.intp)
    chances = truth.liking(page.event.user, at)[places] * truth.exposure(log.posts, places, at)
    return sum((chance * metrics.gain(n) for n, chance in enumerate(chances.tolist())), 0.0)
