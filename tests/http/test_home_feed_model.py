"""Home feeds: after any interleaving of changes and faults, every answer equals a simple model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.store.redis.connection import RedisConnection
from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
USERS = ["ann", "bob", "cleo", "d n/ü", "eve"]
CHANGES = ("post",) * 6 + ("follow",) * 4 + ("unfollow", "mute", "unmute", "delete")
FAULTS = ("flush", "lose a feed", "lose entries", "lose the head", "foreign value", "reload")


class Model:
    """What the service has to answer."""

    def __init__(self) -> None:
        self.follows: set[tuple[str, str]] = set()
        self.mutes: set[tuple[str, str]] = set()
        self.posts: list[dict[str, Any]] = []  # oldest first

    def feed(self, user: str) -> list[str]:
        authors = {author for fan, author in self.follows - self.mutes if fan == user}
        return [post["title"] for post in self.by(authors | {user})]

    def by(self, authors: set[str]) -> list[dict[str, Any]]:
        return [post for post in reversed(self.posts) if post["author"] in authors]


class Play:
    """Changes the service and the model alike, and damages Redis."""

    def __init__(self, http: ClientSession, redis: RedisConnection, seed: int) -> None:
        self.http = http
        self.redis = redis
        self.draw = random.Random(seed)
        self.model = Model()
        self.states: Counter[str] = Counter()

    async def ask(self, method: str, path: str, **given: Any) -> Any:
        given = {name.replace("_", "-"): value for name, value in given.items()}
        body: dict[str, Any] = {"params": given} if method == "GET" else {"json": given}
        async with self.http.request(method, path, **body) as answer:
            assert answer.status < 300, await answer.text()
            if "Feed-State" in answer.headers:
                self.states[answer.headers["Feed-State"]] += 1
            return await answer.json() if answer.status != 204 else None

    async def change(self, change: str, step: int) -> None:
        user, author = self.draw.sample(USERS, 2)
        relation = {"user_id": user, "author_id": author}
        model, pair = self.model, (user, author)
        match change:
            case "post":
                given = {"user_id": user, "title": f"post {step}", "content": "Words."}
                model.posts.append(await self.ask("POST", "/feed/posts", **given))
            case "follow":
                await self.ask("POST", "/feed/follow", **relation)
                model.follows.add(pair)
            case "unfollow":
                await self.ask("DELETE", "/feed/follow", **relation)
                model.follows.discard(pair)
            case "mute":
                await self.ask("POST", "/feed/mute", **relation)
                model.mutes.add(pair)
            case "unmute":
                await self.ask("DELETE", "/feed/mute", **relation)
                model.mutes.discard(pair)
            case _ if model.posts:
                post = model.posts.pop(self.draw.randrange(len(model.posts)))
                await self.ask("DELETE", f"/feed/posts/{post['id']}")

    async def damage(self, fault: str) -> None:
        keys = sorted(await self.redis.one("KEYS", "feed:home:*"))
        if fault == "flush":
            await self.redis.one("FLUSHALL")
        elif fault == "reload":
            await self.redis.one("SCRIPT", "FLUSH")
        elif keys:
            key = self.draw.choice(keys).decode()
            kind = await self.redis.one("TYPE", key)
            entries = await self.redis.one("ZRANGE", key, 0, -1) if kind == b"zset" else []
            match fault:
                case "lose entries" if len(entries) > 1:
                    lost = self.draw.sample(entries[1:], self.draw.randint(1, len(entries) - 1))
                    await self.redis.one("ZREM", key, *lost)
                case "lose the head" if entries:
                    await self.redis.one("ZREM", key, entries[0])
                case "foreign value":
                    await self.redis.one("SET", key, "something else")
                case _:
                    await self.redis.one("DEL", key)

    async def check(self) -> None:
        user, author = self.draw.sample(USERS, 2)
        titles: list[str] = []
        more: dict[str, Any] = {"limit": self.draw.choice((1, 3, 7, 100))}
        while True:
            page = await self.ask("GET", "/feed", user_id=user, **more)
            titles += [post["title"] for post in page["posts"]]
            if page["next"] is None:
                break
            more["cursor"] = page["next"]
        assert titles == self.model.feed(user)
        own = await self.ask("POST", "/feed/", user_id=author)
        assert [post["title"] for post in own] == [p["title"] for p in self.model.by({author})]


@pytest_asyncio.fixture(loop_scope="session")
async def service(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[ClientSession, RedisConnection]]:
    settings = (*SIMULATED, *request.param)
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        yield http, redis
        redis.close()


@pytest.mark.parametrize(
    "service",
    [("feed.max_posts=1000",), ("feed.max_posts=4", "feed.fanout_limit=2"), ("feed.max_posts=1",)],
    indirect=True,
    ids=["whole", "few, some authors pulled", "one"],
)
@pytest.mark.parametrize("seed", range(2))
async def test_any_interleaving_answers_as_a_simple_model(
    service: tuple[ClientSession, RedisConnection], seed: int
) -> None:
    play = Play(*service, seed)
    for step in range(100):
        await play.change(play.draw.choice(CHANGES), step)
        if play.draw.random() < 0.15:
            await play.damage(play.draw.choice(FAULTS))
        for _ in range(2):
            await play.check()
    assert play.states["stored"] > play.states["rebuilt"] > 0
