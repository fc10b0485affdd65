"""Replays a log in time order: rank all candidates, compare with the like that came, then learn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from service.ranking.evaluation import metrics
from service.ranking.evaluation.log import Log, LoggedEvent

COLD_LIKES = 3
"""A user with fewer likes is cold."""

Places = npt.NDArray[np.intp]


class Ranker(Protocol):
    """What is judged."""

    def page(self, user: int, candidates: Places, at_seconds: float) -> Sequence[int]:
        """The best ten of the candidates, best first. They count as seen."""

    def learn(self, event: LoggedEvent) -> None:
        """Learn from an event."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One page and the like that came."""

    event: LoggedEvent
    page: tuple[int, ...]
    place: int | None
    """Where the like is in the page, from 0."""
    is_cold: bool


def replay(log: Log, ranker: Ranker) -> Iterator[Judged]:
    """The judged pages."""
    created = log.posts.created_seconds
    seen: dict[int, set[int]] = {}
    likes: dict[int, int] = {}
    count = 0
    for number, event in enumerate(log.events):
        own = seen.setdefault(event.user, set())
        if _is_candidate(log, event, own) and number >= log.judged_from:
            count += 1
            if count % log.judged_every == 0:
                # strictly earlier: what the like itself brings into the log is not known yet
                first, last = np.searchsorted(
                    created, [event.at_seconds - log.live_seconds, event.at_seconds]
                )
                fresh = np.arange(first, last)
                candidates = fresh[~np.isin(fresh, list(own))]
                page = tuple(ranker.page(event.user, candidates, event.at_seconds))
                yield Judged(
                    event,
                    page,
                    page.index(event.post) if event.post in page else None,
                    likes.get(event.user, 0) < COLD_LIKES,
                )
        own.add(event.post)
        likes[event.user] = likes.get(event.user, 0) + (event.kind == "like")
        ranker.learn(event)


def _is_candidate(log: Log, event: LoggedEvent, seen: set[int]) -> bool:
    age = event.at_seconds - log.posts.created_seconds[event.post]
    return event.kind == "like" and event.post not in seen and 0 < age <= log.live_seconds


@dataclass(frozen=True, slots=True)
class Judgement:
    """How good all pages of a replay were."""

    hit_rate: float
    standard_error: float
    ndcg: float
    coverage: float
    dissimilarity: float
    new_authors: float
    cold_hit_rate: float
    pages: int
    cold_pages: int


def judge(log: Log, judged: Sequence[Judged]) -> Judgement:
    """Judge the pages of a replay."""
    hits = [page.place is not None for page in judged]
    cold = [page.place is not None for page in judged if page.is_cold]
    shown = {post for page in judged for post in page.page}
    newest = max((page.event.at_seconds for page in judged), default=0.0)
    known = int(np.searchsorted(log.posts.created_seconds, newest, side="right"))
    first = min((page.event.at_seconds for page in judged), default=0.0) - log.live_seconds
    known -= int(np.searchsorted(log.posts.created_seconds, first))
    authors = log.posts.authors
    rate = metrics.mean(hits)
    return Judgement(
        hit_rate=rate,
        standard_error=metrics.standard_error(rate, len(hits)),
        ndcg=metrics.mean([metrics.gain(page.place) for page in judged]),
        coverage=len(shown) / max(known, 1),
        dissimilarity=metrics.mean([metrics.dissimilarity(log.posts, p.page) for p in judged]),
        new_authors=metrics.mean(
            [int(authors[post]) in log.new_authors for page in judged for post in page.page]
        ),
        cold_hit_rate=metrics.mean(cold),
        pages=len(judged),
        cold_pages=len(cold),
    )
