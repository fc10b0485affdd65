"""What users do with posts, and what of it counts."""

from __future__ import annotations

import asyncio

import pytest

from service.store.database import Database
from service.store.sql.feeds import interactions as module
from service.store.sql.feeds.candidates import Candidates
from service.store.sql.feeds.interactions import ActKind, Interactions, UserAct
from service.store.sql.feeds.posts import Posts, UnpublishedPost
from service.store.sql.statements import Write

pytestmark = [pytest.mark.over_both_engines, pytest.mark.asyncio]

_TAKE_FIVE = Write("take five", "", ("UPDATE post_counts SET likes = likes - 5",))


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


async def test_acts_with_deleted_posts_are_removed_in_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_SWEPT", 3)
    posts, interactions = Posts(database), Interactions(database)
    drafts = [UnpublishedPost(name, "ann", name, "", None) for name in ("gone", "stays")]
    gone, stays = [post.created_us for post in await posts.publish(drafts)]
    users = [f"user {number}" for number in range(7)]
    kinds: tuple[ActKind, ...] = ("view", "hide", "like")
    for post_us in (stays, gone):
        await interactions.record(
            UserAct(user, post_us, "ann", kind) for user in users for kind in kinds
        )
    await posts.delete("gone")

    async def left() -> list[tuple[str, int]]:
        for _ in range(len(users) * len(kinds) * 2 // 3 + 1):
            await interactions.sweep()
        return await database.all("SELECT user_id, post_us FROM interactions ORDER BY 2, 1")

    # the newest like is the place of the next one
    assert await left() == [(users[-1], gone), *((user, stays) for user in users for _ in kinds)]
    await interactions.record([UserAct("other", stays, "ann", "like")])
    assert {post_us for _, post_us in await left()} == {stays}
    assert await database.all("SELECT post_us, views, likes FROM post_counts") == [(stays, 7, 8)]


async def test_a_number_of_likes_below_zero_counts_as_none(database: Database) -> None:
    [post] = await Posts(database).publish([UnpublishedPost("p", "ann", "p", "", None)])
    await Interactions(database).record([UserAct("bob", post.created_us, "ann", "like")])
    await database.write(_TAKE_FIVE, [])
    facts = await Candidates(database).one("eve", post.id, "client")
    assert facts is not None
    assert facts.candidate.likes == 0


async def test_readers_of_a_new_author_count_once_and_are_not_shown_the_author_as_new(
    database: Database,
) -> None:
    posts, interactions = Posts(database), Interactions(database)
    drafts = [UnpublishedPost(name, "ann", name, "", None) for name in ("first", "second")]
    first, second = [post.created_us for post in await posts.publish(drafts)]
    await interactions.record([UserAct("bob", first, "ann", "view")])
    await interactions.record([UserAct("bob", second, "ann", "like")])
    await interactions.record(
        UserAct("eve", post_us, "ann", kind)
        for post_us in (first, second)
        for kind in ("view", "like")
    )
    assert await database.all("SELECT author, readers FROM new_authors") == [("ann", 2)]
    for user, is_new in (("bob", False), ("fay", True)):
        found = await Candidates(database).for_anyone(user, 100, "client")
        assert [facts.candidate.is_new_voice for facts in found] == [is_new, is_new]
    await interactions.expire_new_authors()
    assert len(await database.all("SELECT author FROM new_authors")) == 1
