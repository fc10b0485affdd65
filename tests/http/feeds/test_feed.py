"""`/feed` and the first visit: newest first, strictly after the timestamp, whatever Redis does."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from aiohttp import ClientSession
from yarl import URL

from service.http.api.feeds import sample_posts
from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

POSTS = sample_posts.SAMPLES / "posts.json"
SAMPLES = json.loads(POSTS.read_text())
SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def read(http: ClientSession, user: str, timestamp: str | float | None = None) -> list[Any]:
    given = {"user-id": user} | ({} if timestamp is None else {"timestamp": timestamp})
    async with http.post("/feed/", json=given) as answer:
        posts = await answer.json()
        assert answer.status == 200, posts
    assert isinstance(posts, list)
    return posts


async def publish(http: ClientSession, user: str, prompt: str, tag: str = "text") -> list[Any]:
    """Have a post generated and published; the feed once it is there."""
    given = {"prompt": prompt, "tag": tag, "user-id": user, "publish": True}
    async with http.post("/content", json=given) as answer:
        assert answer.status == 202
        id_ = (await answer.json())["RequestId"]

    async def published() -> list[Any] | None:
        feed = await read(http, user)
        return feed if id_ in [post["id"] for post in feed] else None

    return await eventually(published, "the post is in the feed")


async def test_the_feed_of_an_unknown_user_is_empty(http: ClientSession) -> None:
    for user in ("nobody", "-1", "💤", "a:posts", "x" * 200, "' OR 1=1"):
        assert await read(http, user) == []
        assert await read(http, user, 0) == []


async def test_users_are_integers_or_text(http: ClientSession) -> None:
    await publish(http, "4711", "p")
    [post] = await read(http, "4711")
    for given in ({"user-id": 4711}, {"user-id": 4711.0}, {"user-id": "4711"}):
        async with http.post("/feed", json=given) as answer:
            assert await answer.json() == [post]
    assert await read(http, "04711") == []


async def test_a_finished_post_is_in_the_authors_feed_once(http: ClientSession) -> None:
    for prompt, tag in (("first", "text"), ("second", "image"), ("third", "instagram")):
        await publish(http, "grower", prompt, tag)
    feed = await read(http, "grower")
    assert all(post.keys() == {"id", "title", "content", "imageUri", "created_at"} for post in feed)
    assert ["first" in post["title"] + post["content"] for post in feed] == [False, False, True]
    created = [datetime.fromisoformat(post["created_at"]) for post in feed]
    assert created == sorted(created, reverse=True)
    assert [post["imageUri"] is None for post in feed] == [False, False, True]


async def test_passing_a_created_at_back_never_repeats_and_never_skips(
    http: ClientSession,
) -> None:
    async def put(number: int) -> None:
        await publish(http, "reader", f"post {number}")

    await asyncio.gather(*(put(number) for number in range(8)))
    feed = await read(http, "reader")
    assert len(feed) == 8
    for place, post in enumerate(feed):
        at = post["created_at"]
        moment = datetime.fromisoformat(at)
        seconds = f"{moment.timestamp():.6f}"
        offset = at.replace("Z", "+00:00")
        for timestamp in (at, at[:-1], seconds, float(seconds), offset, offset.replace("+", " ")):
            assert await read(http, "reader", timestamp) == feed[:place], timestamp
        for query in (quote(at), at, quote(offset), offset, seconds):
            path = f"/feed?user-id=reader&timestamp={query}"
            async with http.post(path) as answer:
                assert await answer.json() == feed[:place], query
    assert await read(http, "reader", -1) == feed
    assert await read(http, "reader", 0) == feed
    assert await read(http, "reader", "9999-12-31") == []


async def fill(http: ClientSession, times: int, accept: str) -> list[Any]:
    async def visit() -> None:
        async with http.get("/", headers={"Accept": accept}) as answer:
            assert answer.status == 200

    await asyncio.gather(*(visit() for _ in range(times)))
    return await read(http, "1")


async def test_the_first_visit_fills_the_test_users_feed_and_later_ones_add_nothing(
    tmp_path: Path,
) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        assert await read(http, "1") == []
        feed = await fill(http, 50, "*/*")
        assert len(feed) == len(SAMPLES)
        assert len({post["id"] for post in feed}) == len(feed)
        assert await fill(http, 5, "text/html") == feed
        for post in feed:
            async with http.get(post["imageUri"]) as answer:
                assert answer.status == 200
                assert answer.content_type.startswith("image/")
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        assert await fill(http, 1, "*/*") == feed


async def test_a_browser_gets_a_page_and_others_a_welcome(http: ClientSession) -> None:
    async with http.get("/", headers={"Accept": "text/html,*/*;q=0.8"}) as answer:
        assert answer.content_type == "text/html"
        assert "default-src" in answer.headers["Content-Security-Policy"]
        assert "<html" in (await answer.text()).lower()
    for accept in ("*/*", "application/json", "", "text/plain"):
        async with http.get("/?utm=x", headers={"Accept": accept}) as answer:
            assert (await answer.json())["message"].startswith("Welcome ")


async def test_feeds_survive_every_loss_of_redis(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        for number in range(3):
            await publish(http, "survivor", f"post {number}")
        feed = await read(http, "survivor")
        assert len(feed) == 3
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        await redis.one("FLUSHALL")
        assert await read(http, "survivor") == feed  # rebuilt
        assert await read(http, "survivor", feed[1]["created_at"]) == feed[:1]
        for _ in range(3):  # dies, and comes back by itself
            with pytest.raises(RedisUnavailable):
                await redis.one("SHUTDOWN", "NOSAVE", "FORCE")
            assert await read(http, "survivor") == feed
        redis.close()
        assert len(await publish(http, "survivor", "one more")) == 4
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        assert (await read(http, "survivor"))[1:] == feed


async def test_without_redis_the_first_visit_and_feeds_still_work(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        stop = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        for _ in range(3):
            with pytest.raises(RedisUnavailable):
                await stop.one("SHUTDOWN", "NOSAVE", "FORCE")
            feed = await fill(http, 1, "*/*")
            assert len(feed) == len(SAMPLES)
        stop.close()


async def test_posts_beyond_the_limits_are_reachable_by_link(
    tmp_path: Path,
) -> None:
    settings = (*SIMULATED, "feed.max_posts=5", "feed.max_answer=3")
    reader = "ann & bob, \u00e9/?#"
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:
        [first] = await publish(http, reader, "seen before")
        wanted: list[Any] = []
        for number in range(8):
            wanted.insert(0, (await publish(http, reader, f"post {number}"))[0])
        path: str | None = "/feed"
        given: dict[str, str] | None = {"user-id": reader, "timestamp": first["created_at"]}
        found: list[Any] = []
        sizes = []
        while path is not None:
            async with http.post(URL(path, encoded=True), data=given) as answer:
                assert answer.status == 200
                page = await answer.json()
                link = answer.headers.get("Link")
            found += page
            sizes.append(len(page))
            given, path = None, None
            if link is not None:
                address, _, relation = link.partition(">; ")
                assert relation == 'rel="next"'
                path = address.removeprefix("<")
                assert dict(parse_qsl(urlsplit(path).query))["user-id"] == reader
        assert found == wanted
        assert sizes == [3, 3, 2]
        for wrong in ("", "x", "-1", "1" * 17, 1.5, True, None):
            async with http.post("/feed", json={"user-id": "ann", "cursor": wrong}) as answer:
                assert answer.status == (200 if wrong is None else 400), wrong


async def test_reading_feeds_of_unknown_users_stores_nothing(
    tmp_path: Path,
) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        before = await redis.one("DBSIZE")
        for number in range(200):
            assert await read(http, f"made up {number}") == []
        assert await redis.one("DBSIZE") == before
        redis.close()
