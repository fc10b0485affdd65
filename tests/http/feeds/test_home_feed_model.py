"""Home feeds: after any interleaving of changes and faults, every answer equals a simple model."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientError, ClientSession

from service.store.redis.connection import RedisConnection
from tests.support.moved_clock import MovedClock
from tests.support.running import Running, running_service, spawn

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
SUBJECTS = ("fox", "rain", "tea")
USERS = ["ann", "bob", "cleo", "d n/ü", "eve"]
CHANGES = (
    *("post",) * 6,
    *("follow",) * 4,
    *("unfollow", "mute", "unmute", "hide", "unhide", "mute subject", "unmute subject", "delete"),
)
FAULTS = ("flush", "lose a feed", "lose entries", "lose the head", "foreign value", "reload")


class Model:
    """What the service has to answer."""

    def __init__(self) -> None:
        self.follows: set[tuple[str, str]] = set()
        self.mutes: set[tuple[str, str]] = set()
        self.hidden: set[tuple[str, str]] = set()  # by user and id
        self.subjects: set[tuple[str, str]] = set()  # muted
        self.posts: list[dict[str, Any]] = []  # oldest first

    def feed(self, user: str) -> list[str]:
        authors = {author for fan, author in self.follows - self.mutes if fan == user}
        return [
            post["title"]
            for post in self.by(authors | {user})
            if post["author"] == user
            or (
                (user, post["id"]) not in self.hidden
                and not any((user, subject) in self.subjects for subject in post["subjects"])
            )
        ]

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
                words = f"Words. #{self.draw.choice(SUBJECTS)}"
                given = {"user_id": user, "title": f"post {step}", "content": words}
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
            case "mute subject" | "unmute subject":
                muted = {"user_id": user, "subject": self.draw.choice(SUBJECTS)}
                await self.ask("POST" if change[0] == "m" else "DELETE", "/feed/mute", **muted)
                (model.subjects.add if change[0] == "m" else model.subjects.discard)(
                    (user, muted["subject"])
                )
            case "hide" | "unhide" if model.posts:
                post = self.draw.choice(model.posts)
                if post["author"] == user:  # has no effect
                    return
                acted = {"user_id": user, "post_id": post["id"], "kind": change}
                await self.ask("POST", "/feed/events", **acted)
                (model.hidden.add if change == "hide" else model.hidden.discard)((user, post["id"]))
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
    for step in range(60):
        await play.change(play.draw.choice(CHANGES), step)
        if play.draw.random() < 0.15:
            await play.damage(play.draw.choice(FAULTS))
        for _ in range(2):
            await play.check()
    assert play.states["stored"] > play.states["rebuilt"] > 0


DAY = 86_400.0


class Killed:
    """A service that is killed in the middle of a change, and started again."""

    def __init__(self, folder: Path, machine: MovedClock) -> None:
        self.folder = folder
        self.machine = machine
        self.running: Running | None = None

    async def start(self, seed: int) -> Play:
        settings = (*SIMULATED, "feed.max_posts=5", "feed.fanout_limit=3", "service.drain=0")
        environment = self.machine.environment()
        self.running = await spawn(self.folder, *settings, environment=environment)
        url = (await self.running.logged("ready"))["url"]
        redis = RedisConnection(f"unix://{self.folder}/data/redis/redis.sock")
        return Play(ClientSession(url), redis, seed)

    async def kill(self) -> None:
        assert self.running is not None
        await self.running.kill()


async def close(play: Play) -> None:
    await play.http.close()
    play.redis.close()


async def cut_off(play: Play, service: Killed, step: int) -> None:
    """A post and a follow that may or may not have happened before the service was killed."""
    user, author = play.draw.sample(USERS, 2)
    given = {"user_id": author, "title": f"cut {step}", "content": "Words."}
    follow = {"user_id": user, "author_id": author}

    async def ask(path: str, **given: str) -> None:
        with contextlib.suppress(ClientError, AssertionError):
            await play.ask("POST", path, **given)

    changes = [
        asyncio.create_task(ask("/feed/posts", **given)),
        asyncio.create_task(ask("/feed/follow", **follow)),
    ]
    await asyncio.sleep(play.draw.random() * 0.02)  # the kill comes at any moment of the changes
    await service.kill()
    await asyncio.gather(*changes)


async def learn(play: Play) -> None:
    """What happened before the kill: what the author sees, the others have to see, too."""
    model = play.model
    for user in USERS:
        page = await play.ask("GET", "/feed/follow", user_id=user)
        model.follows |= {(user, author) for author in page["authors"]}
        own = await play.ask("POST", "/feed/", user_id=user)
        known = {post["title"] for post in model.posts}
        fresh = [
            {**post, "author": user, "subjects": []} for post in own if post["title"] not in known
        ]
        model.posts += sorted(fresh, key=lambda post: str(post["created_at"]))


async def test_kills_and_jumps_of_the_clock_change_no_feed(tmp_path: Path) -> None:
    seed = 1
    service = Killed(tmp_path, MovedClock(tmp_path))
    play = await service.start(seed)
    try:
        for step in range(60):
            await play.change(play.draw.choice(CHANGES), step)
            if step % 12 == 5:
                service.machine.set(play.draw.choice((-DAY, 0, DAY)))
            if step % 10 == 9:
                await cut_off(play, service, step)
                await close(play)
                before, play = play, await service.start(seed + step)
                play.model = before.model
                await learn(play)
            await play.check()
    finally:
        await close(play)
        await service.kill()
