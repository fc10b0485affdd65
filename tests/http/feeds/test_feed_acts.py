"""`POST /feed/events`: what users do with posts is stored once, or refused as a whole."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.http.feeds.test_home_feed import SIMULATED, call, write
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[str, Path]]:
    """The URL of a service, and its database."""
    folder = tmp_path_factory.mktemp("acts")
    async with running_service(folder, *SIMULATED) as running:
        yield running.url, folder / "data" / "feedmill.db"


@pytest.fixture
def database(service: tuple[str, Path]) -> Path:
    return service[1]


@pytest_asyncio.fixture(loop_scope="session")
async def http(service: tuple[str, Path]) -> AsyncIterator[ClientSession]:
    async with ClientSession(service[0]) as http:
        yield http


async def act(http: ClientSession, status: int = 200, **given: Any) -> dict[str, Any]:
    return await call(http, "POST", "/feed/events", status, **given)


def stored(database: Path, user: str) -> list[tuple[Any, ...]]:
    """What is stored of a user: sort, kind, title of the post, list."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(
            "SELECT sort, kind, title, list_id FROM interactions JOIN posts ON created_us = post_us"
            " WHERE user_id = ? ORDER BY seq",
            (user,),
        ).fetchall()


def counts(database: Path, title: str) -> tuple[int, int]:
    """The views and likes of a post."""
    with closing(sqlite3.connect(database)) as connection:
        found = connection.execute(
            "SELECT views, likes FROM post_counts JOIN posts ON created_us = post_us"
            " WHERE title = ?",
            (title,),
        ).fetchone()
    return found or (0, 0)


async def test_an_act_counts_once_and_can_be_taken_back(
    database: Path, http: ClientSession
) -> None:
    post = (await write(http, "ann", "One"))["id"]
    for _ in range(2):
        assert await act(http, user_id="bob", post_id=post, kind="like") == {"events": 1}
    assert stored(database, "bob") == [("like", "like", "One", None)]
    assert counts(database, "One") == (0, 1)
    for _ in range(2):
        await act(http, user_id="bob", post_id=post, kind="unlike")
    assert stored(database, "bob") == [("like", "unlike", "One", None)]
    assert counts(database, "One") == (0, 0)
    await act(http, user_id="bob", post_id=post, kind="like")
    assert counts(database, "One") == (0, 1)


async def test_what_was_never_done_cannot_be_taken_back(
    database: Path, http: ClientSession
) -> None:
    post = (await write(http, "ann", "Two"))["id"]
    await act(http, user_id="cleo", post_id=post, kind="unlike")
    await act(http, user_id="cleo", post_id=post, kind="unhide")
    assert stored(database, "cleo") == []
    assert counts(database, "Two") == (0, 0)


async def test_many_events_are_stored_together_and_the_last_of_a_sort_counts(
    database: Path, http: ClientSession
) -> None:
    first, second = [(await write(http, "ann", title))["id"] for title in ("Three", "Four")]
    served = "0" * 32
    events = [
        {"post-id": first, "kind": "view", "served": served},
        {"post-id": first, "kind": "view"},
        {"post-id": first, "kind": "like"},
        {"post-id": first, "kind": "unlike"},
        {"post-id": second, "kind": "like"},
        {"post-id": second, "kind": "less", "of": "author"},
        {"post-id": second, "kind": "more", "of": "author"},
        {"post-id": second, "kind": "less", "of": "subject"},
        {"post-id": second, "kind": "hide", "user-id": "eve"},
    ]
    assert await act(http, user_id="dan", events=events) == {"events": 9}
    assert [row[:3] for row in stored(database, "dan")] == [
        ("view", "view", "Three"),
        ("like", "like", "Four"),
        ("author", "more", "Four"),
        ("subject", "less", "Four"),
    ]
    assert [row[:2] for row in stored(database, "eve")] == [("hide", "hide")]
    assert (counts(database, "Three"), counts(database, "Four")) == ((1, 0), (0, 1))


async def test_own_posts_teach_nothing(database: Path, http: ClientSession) -> None:
    post = (await write(http, "fay", "Mine"))["id"]
    for kind in ("view", "like", "hide"):
        await act(http, user_id="fay", post_id=post, kind=kind)
    assert stored(database, "fay") == []
    assert counts(database, "Mine") == (0, 0)


async def test_likes_at_the_same_time_are_all_counted(database: Path, http: ClientSession) -> None:
    post = (await write(http, "ann", "Popular"))["id"]
    users = [f"fan{n}" for n in range(40)]
    await asyncio.gather(
        *(
            act(http, user_id=user, post_id=post, kind=kind)
            for user in users
            for kind in ("view", "like")
        )
    )
    assert counts(database, "Popular") == (40, 40)


@pytest.mark.parametrize(
    ("status", "given", "named"),
    [
        (400, {"kind": "love"}, "kind"),
        (400, {"kind": "more"}, "of"),
        (400, {"kind": "like", "of": "author"}, "of"),
        (400, {"kind": "less", "of": "mood"}, "of"),
        (400, {"kind": "like", "served": "x"}, "served"),
        (400, {"kind": None}, "kind"),
        (400, {"user_id": None}, "user-id"),
        (400, {"user_id": "a\0b"}, "user-id"),
        (400, {"post_id": None}, "post-id"),
        (400, {"post_id": "\ud800"}, "post-id"),
        (400, {"post_id": "a\0b"}, "post-id"),
        (400, {"events": []}, "events"),
        (400, {"events": [{}]}, "events"),
        (400, {"events": [{"post-id": "x", "kind": "like"}]}, "post-id"),
        (400, {"events": [{"post-id": "x", "kind": "like"}] * 101, "post_id": None}, "events"),
        (400, {"events": "like", "post_id": None, "kind": None}, "events"),
        (400, {"more": 1}, "more"),
        (404, {"post_id": "post-unknown"}, None),
    ],
)
async def test_bad_events_are_refused_and_change_nothing(
    database: Path, http: ClientSession, status: int, given: dict[str, Any], named: str | None
) -> None:
    post = (await write(http, "ann", "Refused"))["id"]
    asked = {"user_id": "gil", "post_id": post, "kind": "like", **given}
    asked = {name: value for name, value in asked.items() if value is not None}
    problem = await act(http, status, **asked)
    assert named in {None, *(error["name"] for error in problem.get("errors", ()))}, problem
    assert stored(database, "gil") == []


async def test_one_unknown_post_refuses_all_events(database: Path, http: ClientSession) -> None:
    post = (await write(http, "ann", "Beside"))["id"]
    gone = (await write(http, "ann", "Gone"))["id"]
    await call(http, "DELETE", f"/feed/posts/{gone}", 204)
    for status, other in ((404, "post-unknown"), (410, gone)):
        events = [{"post-id": post, "kind": "like"}, {"post-id": other, "kind": "like"}]
        await act(http, status, user_id="hal", events=events)
    assert stored(database, "hal") == []
