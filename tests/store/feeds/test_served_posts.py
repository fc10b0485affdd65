"""The log of served posts: what a user was served lately, bounded for each user."""

from __future__ import annotations

import itertools
import time

import pytest

from service import clock
from service.store.database import Database
from service.store.sql.feeds.served_posts import MOST_OF_USER, ServedPost, ServedPosts

pytestmark = pytest.mark.over_both_engines

pytestmark = pytest.mark.asyncio

PAGE = 100
PAGES = MOST_OF_USER // PAGE


def page(user: str, number: int) -> list[ServedPost]:
    return [
        ServedPost(f"{user}{number}", place, number * PAGE + place, "new", 1.0)
        for place in range(PAGE)
    ]


async def test_the_newest_rows_of_each_user_are_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = itertools.count(time.time() - 1000)
    monkeypatch.setattr(clock, "wall", lambda: next(seconds))
    served = ServedPosts(database)
    served.log("other", page("other", 0))
    for number in range(PAGES + 3):
        served.log("reader", page("reader", number))
        if number % 4 == 0:
            await served.expire()
    await served.expire()
    rows = await database.all("SELECT post_us FROM served_posts WHERE user_id = 'reader'")
    newest = set(range(3 * PAGE, (PAGES + 3) * PAGE))
    assert {post for (post,) in rows} == newest
    assert await served.lately("reader", "client") == newest
    assert await served.lately("other", "client") == set(range(PAGE))


async def test_no_more_than_the_newest_rows_are_read(database: Database) -> None:
    served = ServedPosts(database)
    at_once = [ServedPost("a", place, place, "new", 1.0) for place in range(MOST_OF_USER + 500)]
    served.log("reader", at_once)
    await served.expire()
    assert len(await served.lately("reader", "client")) == MOST_OF_USER
