"""The ranking's thread: lists are made one after the other, each of a moment of what was learnt."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from service.ranking.learnt import Learnt
from service.ranking.thread import RankingThread
from service.ranking.types import Candidate, LikeChange, ListInput, Taste
from service.ranking.weights import Weights
from tests.support.waiting import HANGS_SECONDS

NOW_SECONDS = 1_000_000.0
CANDIDATES = [Candidate(post, f"author {post}") for post in range(1, 6)]


@pytest.fixture
def ranking() -> Iterator[RankingThread]:
    made = RankingThread(Weights(), Learnt(Weights(), places=8))
    yield made
    made.close()


async def posts_of_a_list(ranking: RankingThread) -> list[int]:
    given = ListInput(CANDIDATES, Taste(), Weights(), NOW_SECONDS, size=5, seed=1)
    return [ranked.post for ranked, _ in await ranking.make_list(given)]


async def test_a_list_is_made_of_all_likes_of_a_change_or_of_none(ranking: RankingThread) -> None:
    is_half_done, may_go_on = threading.Event(), threading.Event()

    def change(learnt: Learnt) -> None:
        for post in (4, 5):
            for _ in range(9):
                learnt.like(post, [], NOW_SECONDS)
            is_half_done.set()
            assert may_go_on.wait(HANGS_SECONDS)

    async with asyncio.TaskGroup() as tasks:
        changing = tasks.create_task(ranking.run(change))
        assert await asyncio.to_thread(is_half_done.wait, HANGS_SECONDS)
        wanted = tasks.create_task(ranking.source_query(Taste(), Weights()))
        listed = tasks.create_task(posts_of_a_list(ranking))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not any(task.done() for task in (changing, wanted, listed))
        may_go_on.set()
    assert set(wanted.result().popular) == {4, 5}
    assert set(listed.result()[:2]) == {4, 5}


async def test_the_same_likes_and_the_same_seed_make_the_same_list(ranking: RankingThread) -> None:
    other = RankingThread(Weights())
    likes = [LikeChange(post, [1, 2][: post - 1], NOW_SECONDS) for post in (1, 2, 3, 3)]
    for one in (ranking, other):
        await one.learn(likes)
    assert await posts_of_a_list(ranking) == await posts_of_a_list(other)
    other.close()
