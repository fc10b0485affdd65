"""`/feed/mute` hides authors and subjects; posts say what they are about."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientSession

from tests.http.feeds.test_home_feed import call, follow, read, write
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def muted(http: ClientSession, user: str, limit: int = 2) -> tuple[list[str], list[str]]:
    """The muted authors and subjects, read page by page."""
    authors: list[str] = []
    subjects: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await call(http, "GET", "/feed/mute", user_id=user, limit=limit, **cursor)
        authors += page["authors"]
        subjects += page["subjects"]
        if page["next"] is None:
            return authors, subjects
        cursor = {"cursor": page["next"]}


async def test_a_muted_subject_hides_posts_about_it_except_own_ones(http: ClientSession) -> None:
    await follow(http, "max", "nora")
    await write(http, "nora", "Two cats in the snow")
    await write(http, "nora", "A dog in the rain")
    await write(http, "max", "My own cat")
    everything = ["My own cat", "A dog in the rain", "Two cats in the snow"]
    assert await read(http, "max", limit=1) == everything
    for spelling in ("Cats", "#cat"):  # twice: it changes nothing
        answer = await call(http, "POST", "/feed/mute", user_id="max", subject=spelling)
        assert answer == {"muted": True, "subject": "cat"}
    for limit in (1, 2, 100):
        assert await read(http, "max", limit=limit) == ["My own cat", "A dog in the rain"]
    assert await read(http, "nora") == everything[1:]
    answer = await call(http, "DELETE", "/feed/mute", user_id="max", subject="CAT")
    assert answer == {"muted": False, "subject": "cat"}
    assert await read(http, "max") == everything


async def test_mutes_are_listed_page_by_page(http: ClientSession) -> None:
    for name in ("b", "a", "c d"):
        await call(http, "POST", "/feed/mute", user_id="otto", author_id=name)
        await call(http, "POST", "/feed/mute", user_id="otto", subject=f"{name}x")
    for limit in (1, 2, 4, 100):
        assert await muted(http, "otto", limit) == (["a", "b", "c d"], ["ax", "bx", "cdx"])
    assert await muted(http, "stranger") == ([], [])


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "author-id"),
        ({"author_id": "paul"}, "author-id"),
        ({"author_id": "nora", "subject": "cat"}, "subject"),
        ({"subject": "!!!"}, "subject"),
        ({"subject": " "}, "subject"),
        ({"subject": "x" * 61}, "subject"),
        ({"subject": "a\0b"}, "subject"),
        ({"subject": 7}, "subject"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_mute_of_nothing_is_refused(
    http: ClientSession, method: str, given: dict[str, Any], name: str
) -> None:
    problem = await call(http, method, "/feed/mute", 400, user_id="paul", **given)
    assert [error["name"] for error in problem["errors"]] == [name]
    assert await muted(http, "paul") == ([], [])


async def test_a_published_request_has_a_title_from_its_text_and_subjects(
    http: ClientSession,
) -> None:
    given: dict[str, Any] = {"prompt": "Two cats in the snow. No dogs.", "tag": "instagram"}
    answer = await call(http, "POST", "/content", 202, user_id="rosa", publish=True, **given)

    async def published() -> dict[str, Any] | None:
        page = await call(http, "GET", "/feed", user_id="rosa")
        return next(iter(page["posts"]), None)

    post = await eventually(published, "the post is published")
    assert post is not None
    assert post["title"] == "generated text for Two cats in the snow."
    assert post["content"].startswith("generated text for Two cats in the snow. No dogs.")
    assert post["subjects"] == ["cat", "generated", "simulated", "snow"]
    path = f"/feed/posts/{answer['RequestId']}"
    assert await call(http, "GET", path) == post
    edited = await call(http, "PATCH", path, title="Edited", content="By hand. #Winter")
    assert edited["subjects"] == ["cat", "snow", "winter"]
