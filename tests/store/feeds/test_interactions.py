"""What users do with posts, and what of it counts."""

from __future__ import annotations

import asyncio

import pytest

from service.store.sql.feeds.candidates import Candidates
from service.store.sql.feeds.interactions import Interactions, UserAct
from service.store.sql.feeds.posts import Posts, UnpublishedPost
from service.store.sqlite.database import Database, Write

pytestmark = pytest.mark.asyncio

_TAKE_FIVE = Write("take five", ("UPDATE post_counts SET likes = likes - 5",))


async def likes(database: Database, post_us: int) -> int:
    [(found,)] = await database.all("SELECT likes FROM post_counts WHERE post_us = ?", post_us)
    return int(found)


async def test_a_user_who_is_forgotten_several_times_in_one_commit_counts_once(
    database: Database,
) -> None:
    interactions = Interactions(database)
    await interactions.record(UserAct(user, 1, "ann", "like") for user in ("bob", "eve"))
    await asyncio.gather(*(interactions.forget("bob") for _ in range(5)))
    assert await likes(database, 1) == 1


async def test_a_number_of_likes_below_zero_counts_as_none(database: Database) -> None:
    [post] = await Posts(database).publish([UnpublishedPost("p", "ann", "p", "", None)])
    await Interactions(database).record([UserAct("bob", post.created_us, "ann", "like")])
    await database.write(_TAKE_FIVE, [])
    facts = await Candidates(database).one("eve", post.id, "client")
    assert facts is not None
    assert facts.candidate.likes == 0
