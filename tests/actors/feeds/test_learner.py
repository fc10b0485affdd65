"""The learner: what it counts is the same at once, after a restart, and after taking back."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from service.actors.feeds import learner as learner_module
from service.actors.feeds.learner import Learner
from service.ranking.columns import columns
from service.ranking.learnt import Learnt
from service.ranking.thread import RankingThread
from service.ranking.types import Candidate, LikeChange
from service.ranking.weights import Weights
from service.store.errors import DatabaseUnavailable
from service.store.sql.feeds.interactions import Interactions, UserAct
from service.store.stores import Stores
from tests.support.databases import open_database
from tests.support.waiting import HANGS_SECONDS, eventually

POSTS = list(range(1, 21))
NOW_SECONDS = 2e9


class OnlyInteractions:
    """Stores as far as the learner uses them."""

    alone = True

    def __init__(self, interactions: Interactions) -> None:
        self.interactions = interactions


pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def interactions(tmp_path: Path) -> AsyncIterator[Interactions]:
    async with open_database(tmp_path) as database:
        yield Interactions(database)


async def learnt_by(learner: Learner, seq: int) -> None:
    """Wait until all likes up to this one are counted."""

    async def is_done() -> bool:
        return learner.counted_seq >= seq

    await eventually(is_done, "the likes are counted")


@contextlib.asynccontextmanager
async def running(learner: Learner) -> AsyncIterator[None]:
    task = asyncio.create_task(learner.run())
    yield
    await learner.stop()
    await task


async def newest(interactions: Interactions) -> int:
    likes = await interactions.likes_after(0, 10_000)
    return likes[-1].seq if likes else 0


def numbers(learnt: Learnt) -> list[list[float]]:
    """Everything that was learnt, as rankings see it."""
    posts = columns([Candidate(post, "ann") for post in POSTS]).posts
    found = [learnt.neighbours.scores(posts, [post], 3, 5).tolist() for post in POSTS]
    decayed = learnt.popularity.likes(posts, NOW_SECONDS)
    return [*found, (decayed / max(decayed.max(), 1e-300)).tolist()]


def learner_of(interactions: Interactions) -> tuple[Learner, Learnt]:
    learnt = Learnt(Weights(), places=40)
    stores: Stores = OnlyInteractions(interactions)  # type: ignore[assignment]
    return Learner(stores, RankingThread(Weights(), learnt)), learnt


async def act_at_random(interactions: Interactions, seed: int, steps: int = 400) -> None:
    draw = random.Random(seed)
    for _ in range(steps // 10):
        await interactions.record(
            UserAct(
                f"user{draw.randrange(6)}",
                draw.choice(POSTS),
                "ann",
                draw.choice(("like", "like", "like", "unlike", "view", "hide")),
            )
            for _ in range(10)
        )


async def test_a_restart_learns_the_same_as_was_learnt_with_each_like(
    interactions: Interactions,
) -> None:
    learner, at_once = learner_of(interactions)
    async with running(learner):
        for seed in range(4):
            await act_at_random(interactions, seed)
            await learnt_by(learner, await newest(interactions))
    restarted, later = learner_of(interactions)
    async with running(restarted):
        await learnt_by(restarted, await newest(interactions))
    assert np.allclose(numbers(at_once), numbers(later), rtol=1e-9, atol=1e-12)
    assert np.any(np.array(numbers(later)[:-1]) > 0)


async def test_a_like_that_was_taken_back_and_given_again_counts_from_then_on(
    interactions: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner_module, "POLL_SECONDS", 0.0)
    learner, learnt = learner_of(interactions)
    await interactions.record([UserAct("bob", 1, "ann", "like"), UserAct("bob", 2, "ann", "like")])
    await learner.tick()
    for kind in ("unlike", "like"):  # the learner sees only what is stored in the end
        await interactions.record([UserAct("bob", 1, "ann", kind)])
    interactions.changed.set()
    await learner.tick()
    restarted, later = learner_of(interactions)
    await restarted.tick()
    assert learner.counted_seq == restarted.counted_seq == await newest(interactions)
    assert np.allclose(numbers(learnt), numbers(later), rtol=1e-12, atol=1e-15)


async def test_a_user_who_is_forgotten_leaves_what_the_others_like(
    interactions: Interactions,
) -> None:
    await act_at_random(interactions, 5)
    learner, learnt = learner_of(interactions)
    async with running(learner):
        await learnt_by(learner, await newest(interactions))
        before = numbers(learnt)
        likes = [UserAct("other", post, "ann", "like") for post in POSTS[:5]]
        await interactions.record(likes)
        await learnt_by(learner, await newest(interactions))
        assert numbers(learnt) != before
        await learner.forget("other")
    assert np.allclose(numbers(learnt), before, rtol=1e-9, atol=1e-12)


async def test_the_event_loop_runs_on_while_likes_are_counted_and_taken_back(
    interactions: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await interactions.record(UserAct("bob", post, "ann", "like") for post in range(1, 301))
    learner, learnt = learner_of(interactions)
    apply, sizes = learnt.apply, []
    loop = asyncio.get_running_loop()

    def with_a_turn_of_the_loop(changes: Sequence[LikeChange]) -> None:
        turn = threading.Event()
        loop.call_soon_threadsafe(turn.set)
        assert turn.wait(HANGS_SECONDS), "the event loop waits for the ranking"
        sizes.append(len(changes))
        apply(changes)

    def on_the_loop(*_: object) -> None:
        pytest.fail("SQLite is read on the event loop")

    monkeypatch.setattr(learnt, "apply", with_a_turn_of_the_loop)
    async with running(learner):
        await learnt_by(learner, await newest(interactions))
    monkeypatch.setattr(interactions, "likes_before", on_the_loop)
    await learner.forget("bob")
    assert sum(sizes) == 2 * 300
    assert max(sizes) <= learner_module.SLICE_LIKES
    assert learnt.popularity.most(20) == []


async def test_likes_are_counted_once_though_reading_fails_between_them(
    interactions: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await interactions.record(
        UserAct(user, post, "ann", "like") for user in ("bob", "cas", "dan") for post in (1, 2)
    )
    monkeypatch.setattr(learner_module, "POLL_SECONDS", 0.0)
    learner, learnt = learner_of(interactions)
    read = interactions.likes_before

    async def without_cas(user: str, *rest: int) -> Sequence[tuple[int, int]]:
        if user == "cas":
            raise DatabaseUnavailable("away")
        return await read(user, *rest)

    with monkeypatch.context() as failing:
        failing.setattr(interactions, "likes_before", without_cas)
        with pytest.raises(DatabaseUnavailable):
            await learner.tick()
    await learner.tick()
    restarted, later = learner_of(interactions)
    await restarted.tick()
    assert numbers(learnt) == numbers(later)


async def test_only_the_newest_likes_are_counted_again(
    interactions: Interactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner_module, "LEARNT_LIKES", 3)
    await interactions.record(UserAct("bob", post, "ann", "like") for post in POSTS[:10])
    learner, learnt = learner_of(interactions)
    async with running(learner):
        await learnt_by(learner, await newest(interactions))
    assert learnt.popularity.most(20) == [10, 9, 8]
