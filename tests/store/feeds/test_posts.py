"""Posts in SQLite: those far ahead of the clock are restamped."""

from __future__ import annotations

import time

import pytest

from service.store.database import Database
from service.store.sql.feeds.candidates import Candidates
from service.store.sql.feeds.interactions import Interactions, UserAct
from service.store.sql.feeds.posts import MICROSECONDS, Posts, UnpublishedPost
from service.store.sql.feeds.served_posts import ServedPost, ServedPosts
from service.store.sql.statements import Write

pytestmark = pytest.mark.over_both_engines

DAY_US = 86_400 * MICROSECONDS

_SET_TIME = Write(
    "set time",
    "id text, us int",
    ("UPDATE posts SET created_us = rows.us FROM rows WHERE posts.id = rows.id",),
)


@pytest.fixture
def posts(database: Database) -> Posts:
    return Posts(database)


async def test_subjects_are_in_one_order(posts: Posts) -> None:
    names = ["snow", "cat", "Ärzte", "zebra"]
    await posts.publish([UnpublishedPost("p", "ann", "p", "", None, names)])
    post = await posts.get("p")
    assert post is not None
    assert list(post.subjects) == ["cat", "snow", "zebra", "Ärzte"]  # by their bytes


async def test_posts_far_ahead_keep_their_order_behind_all_others(
    posts: Posts, database: Database
) -> None:
    now = int(time.time() * MICROSECONDS)
    times = {
        "old": now - DAY_US,
        "ahead": now + DAY_US,  # the clock catches up
        "far": now + 400 * DAY_US,
        "further": now + 500 * DAY_US,
        "furthest": now + 600 * DAY_US,
    }
    await posts.publish([UnpublishedPost(name, "ann", name, "", None) for name in times])
    await database.write(_SET_TIME, list(times.items()))
    assert await posts.correct() == ["ann"]
    newest = await posts.newest("ann", -1, 10)
    assert [post.id for post in reversed(newest)] == ["old", "ahead", "far", "further", "furthest"]
    assert [post.created_us for post in reversed(newest)][:2] == [times["old"], times["ahead"]]
    assert newest[0].created_us < now + 2 * DAY_US
    assert await posts.after(times["further"]) == newest[1].created_us


async def test_what_users_did_with_a_restamped_post_goes_with_it(
    posts: Posts, database: Database
) -> None:
    far = int(time.time() * MICROSECONDS) + 400 * DAY_US
    await posts.publish([UnpublishedPost("p", "ann", "p", "", None, ["cats"])])
    await database.write(_SET_TIME, [("p", far)])
    interactions, served = Interactions(database), ServedPosts(database)
    await interactions.record(
        [UserAct("bob", far, "ann", "like"), UserAct("cleo", far, "ann", "hide")]
    )
    served.log("bob", [ServedPost("list", 0, far, "new", 1.0)])
    await posts.correct()
    post = await posts.get("p")
    assert post is not None
    assert post.created_us < far
    for user, kind in (("bob", "like"), ("cleo", "hide")):
        [act] = await interactions.acts_of(user)
        assert (act.kind, act.post_us, act.subjects) == (kind, post.created_us, '["cats"]')
    facts = await Candidates(database).one("eve", "p", "client")
    assert facts is not None
    assert facts.candidate.likes == 1
    assert await served.find("bob", "list", post.created_us) is not None


async def test_the_restamped_are_about_as_old_as_the_correction(
    posts: Posts, database: Database
) -> None:
    now = int(time.time() * MICROSECONDS)
    await posts.publish([UnpublishedPost(name, "ann", name, "", None) for name in ("a", "b")])
    await database.write(_SET_TIME, [("a", now - DAY_US), ("b", now + 400 * DAY_US)])
    await posts.correct()
    [newest, _] = await posts.newest("ann", -1, 10)
    assert now - MICROSECONDS <= newest.created_us <= int(time.time() * MICROSECONDS)
