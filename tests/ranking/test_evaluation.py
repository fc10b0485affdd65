"""`run.py feed evaluate`: logs, replay, and what the ranking reaches on the planted log."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from service.config import load
from service.ranking.columns import columns
from service.ranking.evaluation import movielens, planted
from service.ranking.evaluation.log import Log, LoggedEvent
from service.ranking.evaluation.planted import Planted
from service.ranking.evaluation.rankers import Oracle, RandomBaseline, Recommended
from service.ranking.evaluation.reaches import reaches, visits
from service.ranking.evaluation.replay import Places, Ranker, judge, replay
from service.ranking.types import Candidate
from service.ranking.weights import Weights

DAY_SECONDS = 86_400.0


class Script:
    """Shows the pages it is given, and records what it may choose from."""

    def __init__(self, *pages: list[int]) -> None:
        self.pages = list(pages)
        self.candidates: list[list[int]] = []
        self.learnt: list[LoggedEvent] = []

    def page(self, user: int, candidates: Places, at_seconds: float) -> Sequence[int]:  # noqa: ARG002
        assert all(event.at_seconds < at_seconds for event in self.learnt)
        self.candidates.append(candidates.tolist())
        return self.pages.pop(0)

    def learn(self, event: LoggedEvent) -> None:
        self.learnt.append(event)


def log_of(*events: LoggedEvent, judged_every: int = 1, live_seconds: float = 100.0) -> Log:
    """Five posts, created at 0, 10, 20, 30 and 40 s."""
    posts = columns([Candidate(n * 10_000_000, f"author{n}", (f"s{n % 2}",)) for n in range(5)])
    return Log("test", posts, list(events), 0, judged_every, live_seconds)


def test_a_like_is_looked_for_before_it_is_learnt() -> None:
    log = log_of(
        LoggedEvent(15, 1, 0, "view"),
        LoggedEvent(25, 1, 2, "like"),
        LoggedEvent(35, 2, 3, "like"),
    )
    script = Script([1, 2], [0, 1])
    first, second = replay(log, script)
    assert script.candidates == [[1, 2], [0, 1, 2, 3]]  # what exists and was not seen by the user
    assert (first.place, second.place) == (1, None)
    found = judge(log, [first, second])
    assert found.hit_rate == 0.5
    assert found.ndcg == pytest.approx(0.6309297535714575 / 2)
    assert found.coverage == 3 / 4
    assert found.standard_error == pytest.approx((0.25 / 2) ** 0.5)
    assert (found.pages, found.cold_pages) == (2, 2)
    # the posts 1 and 2 share nothing, nor do 0 and 1
    assert found.dissimilarity == 1


def test_only_live_posts_are_candidates_and_only_every_nth_like_is_judged() -> None:
    log = log_of(
        LoggedEvent(41, 1, 1, "like"),  # 31 s old: not live
        LoggedEvent(42, 1, 2, "like"),
        LoggedEvent(43, 1, 3, "like"),
        judged_every=2,
        live_seconds=30.0,
    )
    script = Script([4])
    assert len(list(replay(log, script))) == 1
    assert script.candidates == [[3, 4]]


@pytest.fixture(scope="module")
def planted_truth() -> Planted:
    return planted.plant(4, users=60)


@pytest.fixture(scope="module")
def planted_log(planted_truth: Planted) -> Log:
    return planted_truth.log


def test_the_planted_log_is_the_same_for_a_seed_and_in_time_order(planted_log: Log) -> None:
    one, same = planted_log, planted.plant(4, users=60).log
    assert one.events == same.events
    assert all(
        a.at_seconds <= b.at_seconds for a, b in zip(one.events, one.events[1:], strict=False)
    )
    created = one.posts.created_seconds
    assert all(created[event.post] <= event.at_seconds for event in one.events)


def test_the_same_log_and_seed_give_the_same_pages(planted_log: Log) -> None:
    log = dataclasses.replace(planted_log, judged_every=80)
    pages = [
        [judged.page for judged in replay(log, Recommended(log, Weights(), seed=7))]
        for _ in range(2)
    ]
    assert pages[0] == pages[1]
    assert len(pages[0]) > 10


def test_the_ranking_beats_chance_and_not_the_oracle(planted_log: Log) -> None:
    log = dataclasses.replace(planted_log, judged_every=25)
    rankers: dict[str, Ranker] = {
        "random": RandomBaseline(log, 1),
        "recommended": Recommended(log, Weights(), 1),
        "oracle": Oracle(log, 1),
    }
    ndcg = {name: judge(log, list(replay(log, ranker))).ndcg for name, ranker in rankers.items()}
    assert 2 * ndcg["random"] < ndcg["recommended"] < ndcg["oracle"]


def test_the_goals_of_a_planted_log_are_found_in_its_pages(planted_truth: Planted) -> None:
    log = dataclasses.replace(planted_truth.log, judged_every=10)
    best = list(replay(log, Oracle(log, 1)))
    visited = list(visits(planted_truth, Oracle(log, 1), 1))
    new, most, shared, regained = reaches(planted_truth, visited, best, best)
    assert new.count > 3
    assert most.count == len(visited) == 60 * 3 * 4
    assert 0 < shared.found < 1
    assert shared.count > 10
    assert regained.found == pytest.approx(1.0)  # the oracle knows the new taste at once
    authors = log.posts.authors
    flood = [post for post in range(len(authors)) if authors[post] == authors[0]][:5]
    busy = [dataclasses.replace(page, page=tuple(flood)) for page in visited]
    new, most, shared, _ = reaches(planted_truth, busy, best, best)
    assert (new.found, new.is_met) == (0, False)
    assert (most.found, most.is_met) == (5, False)
    assert (shared.found, shared.is_met) == (0.5, False)


def test_nobody_sees_a_post_twice_in_visits(planted_truth: Planted) -> None:
    shown = [
        (page.event.user, post)
        for page in visits(planted_truth, Oracle(planted_truth.log, 1), 1)
        for post in page.page
    ]
    assert len(shown) == len({*shown})


def test_an_author_who_floods_is_never_over_2_of_10(planted_log: Log) -> None:
    log = dataclasses.replace(planted_log, judged_every=25)
    for judged in replay(log, Recommended(log, Weights(), 1)):
        authors = log.posts.authors[list(judged.page)]
        assert np.bincount(authors).max() <= 2


def test_movielens_is_read_as_it_is_distributed(tmp_path: Path) -> None:
    (tmp_path / movielens.RATINGS).write_text(
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "7\t50\t3\t200\n9\t50\t5\t100\n9\t60\t4\t300\n"
    )
    (tmp_path / movielens.FILMS).write_text(
        "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        "50\tStar Wars\t1977\tAction Sci-Fi\n60\tEsprit d'été\t1990\tDrama\n",
        encoding="latin-1",
    )
    log = movielens.read(tmp_path)
    assert [(event.user, event.post, event.kind) for event in log.events] == [
        (0, 0, "like"),
        (1, 0, "view"),
        (0, 1, "like"),
    ]
    assert log.posts.created_seconds.tolist() == [100, 300]
    assert log.posts.subjects[:, :3].tolist() == [[0, 2, -1], [1, -1, -1]]


def test_weights_are_configured() -> None:
    assert load(None, {}).ranking == Weights()
    assert load(None, {}, ["feed.ranking.author=2"]).ranking.author == 2
