"""`/feed/marker`: up to where a user has seen the feed."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.http.feeds.test_home_feed import call, follow, write

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def mark(http: ClientSession, user: str, timestamp: Any) -> dict[str, Any]:
    return await call(http, "PUT", "/feed/marker", user_id=user, timestamp=timestamp)


async def marker(http: ClientSession, user: str) -> dict[str, Any]:
    return await call(http, "GET", "/feed/marker", user_id=user)


async def newer_on_each_page(http: ClientSession, user: str, **more: Any) -> list[int]:
    counts = []
    while True:
        page = await call(http, "GET", "/feed", user_id=user, **more)
        counts.append(page["newer"])
        if page["next"] is None:
            return counts
        more["cursor"] = page["next"]


async def test_a_marker_says_how_many_posts_are_newer(http: ClientSession) -> None:
    await follow(http, "mara", "nick")
    assert await marker(http, "mara") == {"timestamp": None, "newer": None}
    posts = [await write(http, ("nick", "mara")[n % 2], f"post {n}") for n in range(5)]
    assert await newer_on_each_page(http, "mara", limit=2) == [None, None, None]
    middle = posts[2]["created_at"]
    assert await mark(http, "mara", middle) == {"timestamp": middle, "newer": 2}
    assert await marker(http, "mara") == {"timestamp": middle, "newer": 2}
    for limit in (1, 2, 3, 100):
        assert set(await newer_on_each_page(http, "mara", limit=limit)) == {2}
    assert await newer_on_each_page(http, "mara", timestamp=posts[3]["created_at"]) == [2]
    await call(http, "DELETE", f"/feed/posts/{posts[3]['id']}", 204)
    assert (await marker(http, "mara"))["newer"] == 1
    await call(http, "POST", "/feed/mute", user_id="mara", author_id="nick")
    assert (await marker(http, "mara"))["newer"] == 0
    assert await newer_on_each_page(http, "mara", limit=1) == [0]
    assert await newer_on_each_page(http, "stranger") == [None]


async def test_the_newest_mark_of_all_devices_wins(http: ClientSession) -> None:
    times = [datetime(2026, 1, 31, 8, 0, n, tzinfo=UTC).isoformat() for n in range(20)]
    random.Random(1).shuffle(times)
    await asyncio.gather(*(mark(http, "devices", moment) for moment in times))
    latest = "2026-01-31T08:00:19.000000Z"
    assert (await marker(http, "devices"))["timestamp"] == latest
    for earlier in (0, -5, "2020-01-01", "2026-01-31T08:00:18.999999Z"):
        assert (await mark(http, "devices", earlier))["timestamp"] == latest


async def test_a_marker_is_never_ahead_of_the_server(http: ClientSession) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=30)).isoformat()
    stored = (await mark(http, "fast", soon))["timestamp"]
    assert datetime.fromisoformat(stored).timestamp() <= time.time()
    post = await write(http, "fast", "A later post")
    assert post["created_at"] > stored
    assert await marker(http, "fast") == {"timestamp": stored, "newer": 1}
    for given in (
        (datetime.now(UTC) + timedelta(seconds=90)).isoformat(),
        9e11,
        "9999-12-31",
        "soon",
        "",
        "a\0b",
    ):
        problem = await call(http, "PUT", "/feed/marker", 400, user_id="fast", timestamp=given)
        assert [error["name"] for error in problem["errors"]] == ["timestamp"], given
    await call(http, "PUT", "/feed/marker", 400, user_id="fast")
    await call(http, "GET", "/feed/marker", 400)
    assert await marker(http, "fast") == {"timestamp": stored, "newer": 1}
