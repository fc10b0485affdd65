"""Posts that are published later: listed, moved, taken back, and published once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service import clock
from tests.http.feeds.test_home_feed import SIMULATED, call, read
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOUR = 3600


async def completed(http: ClientSession, user: str, prompt: str = "a fox") -> str:
    """The id of a completed request of a user."""
    given = {"prompt": prompt, "tag": "text", "user_id": user}
    id_ = (await call(http, "POST", "/content", 202, **given))["RequestId"]
    assert (await call(http, "GET", f"/content/{id_}", wait=60))["status"] == "completed"
    return str(id_)


async def listed(http: ClientSession, user: str, **more: Any) -> list[str]:
    page = await call(http, "GET", "/feed/scheduled", user_id=user, **more)
    return [post["id"] for post in page["posts"]]


async def test_a_post_is_listed_moved_and_taken_back_until_its_time(http: ClientSession) -> None:
    id_ = await completed(http, "later")
    path, at = f"/content/{id_}/publish", clock.wall() + HOUR
    first = await call(http, "POST", path, 202, at=at, title="One", alt="A fox.")
    assert await call(http, "POST", path, 202, at=at, title="One", alt="A fox.") == first
    assert (await call(http, "GET", "/feed/scheduled", user_id="later"))["posts"] == [first]
    moved = await call(http, "POST", path, 202, at=at + HOUR, title="Two")
    assert (moved["title"], moved["publish_at"] > first["publish_at"]) == ("Two", True)
    edited = await call(http, "PATCH", f"/feed/posts/{id_}", 202, content="Words.", at=at + 60)
    assert (edited["title"], edited["content"]) == ("Two", "Words.")
    assert first["publish_at"] < edited["publish_at"] < moved["publish_at"]
    assert (await call(http, "GET", "/feed/scheduled", user_id="later"))["posts"] == [edited]
    await call(http, "DELETE", f"/feed/posts/{id_}", 204)
    await call(http, "DELETE", f"/feed/posts/{id_}", 404)
    assert await listed(http, "later") == await read(http, "later") == []
    assert await call(http, "POST", path, 202, at=at, title="One", alt="A fox.") == first
    post = await call(http, "POST", path, 201, title="Now")
    assert await call(http, "POST", path, 200, title="Now") == post
    assert (await listed(http, "later"), await read(http, "later")) == ([], ["Now"])
    await call(http, "PATCH", f"/feed/posts/{id_}", 409, at=at)


async def test_another_author_does_not_take_a_scheduled_post_over(http: ClientSession) -> None:
    id_ = await completed(http, "mine")
    at = clock.wall() + HOUR
    await call(http, "POST", f"/content/{id_}/publish", 202, at=at)
    await call(http, "POST", f"/content/{id_}/publish", 409, at=at + 60, user_id="other")
    assert (await listed(http, "mine"), await listed(http, "other")) == ([id_], [])


async def test_the_list_has_pages(http: ClientSession) -> None:
    ids = []
    for number in range(3):
        given = {"user_id": "pages", "title": f"post {number}", "content": "Words."}
        answer = await call(http, "POST", "/feed/posts", 202, at=clock.wall() + HOUR, **given)
        ids.append(answer["id"])
    page = await call(http, "GET", "/feed/scheduled", user_id="pages", limit=2)
    rest = await listed(http, "pages", limit=2, cursor=page["next"])
    assert [post["id"] for post in page["posts"]] + rest == ids
    for cursor in ("x", page["next"][:-2]):
        await call(http, "GET", "/feed/scheduled", 400, user_id="pages", cursor=cursor)


async def test_posts_are_published_once_by_the_clock_after_a_kill(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        ids = [await completed(http, "ann", f"fox {n}") for n in range(3)]
        at = clock.wall() + HOUR
        for id_ in ids:
            await call(http, "POST", f"/content/{id_}/publish", 202, at=at, title=id_)
        await call(http, "DELETE", f"/feed/posts/{ids[2]}", 204)
        for id_ in ids[:2]:
            await call(http, "PATCH", f"/feed/posts/{id_}", 202, at=clock.wall())
        await service.kill()
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:

        async def are_published() -> bool:
            return sorted(await read(http, "ann")) == sorted(ids[:2])

        await eventually(are_published, "both posts are published")
        await asyncio.gather(
            *(call(http, "POST", f"/content/{ids[0]}/publish", 200, title=ids[0]) for _ in range(4))
        )
        assert sorted(await read(http, "ann")) == sorted(ids[:2])
