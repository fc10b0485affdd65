"""`GET /feed/events`: what comes and what is taken back, each once, also after an interruption."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service import clock
from service.http.guards.key_revocation import CHECK_SECONDS
from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from tests.http.feeds.test_home_feed import SIMULATED, call, follow, write
from tests.http.feeds.test_markers import mark
from tests.support.moved_clock import MovedClock
from tests.support.running import command, running_service, spawn
from tests.support.streaming import StreamedEvent
from tests.support.streaming import follow as stream
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY_SECONDS = 86_400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def us(post: dict[str, Any]) -> int:
    """The microsecond of a post."""
    return (datetime.fromisoformat(post["created_at"]) - EPOCH) // timedelta(microseconds=1)


def events_of(
    http: ClientSession, user: str, *, last: str | None = None, **query: Any
) -> AsyncGenerator[StreamedEvent, None]:
    given = "&".join(f"{name}={value}" for name, value in {"user-id": user, **query}.items())
    return stream(http, f"/feed/events?{given}", last=last)


def short(event: StreamedEvent) -> tuple[str, str]:
    """The name of an event, and the title of its post, the id of a removed one, or the time."""
    data = event.data
    return event.name, str(data.get("title") or data.get("id") or data.get("timestamp"))


async def read_to(events: AsyncGenerator[StreamedEvent, None], title: str) -> list[tuple[str, str]]:
    """The events until a post with this title, which is left out; their ids rise."""
    found: list[tuple[str, str]] = []
    ids = [0]
    async with asyncio.timeout(HANGS_SECONDS):
        async for event in events:
            assert int(event.id) > ids[-1]
            ids.append(int(event.id))
            if short(event) == ("post", title):
                return found
            found.append(short(event))
    raise AssertionError(f"The stream ended after {found}.")


async def test_what_happens_in_a_feed_comes_as_it_happens(http: ClientSession) -> None:
    await follow(http, "lena", "milo")
    first = await write(http, "milo", "before")
    async with aclosing(events_of(http, "lena", after=us(first))) as events:
        post = await write(http, "milo", "from a followed author")
        event = await anext(events)
        assert event == StreamedEvent(str(us(post)), "post", post)
        await write(http, "stranger", "from a stranger")
        own = await write(http, "lena", "own")
        await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
        marker = await mark(http, "lena", own["created_at"])
        await mark(http, "lena", "2020-01-01")  # changes nothing
        await mark(http, "milo", own["created_at"])
        await call(http, "POST", "/feed/mute", user_id="lena", author_id="milo")
        await write(http, "milo", "muted")
        await write(http, "lena", "while milo is muted")
        assert await read_to(events, "while milo is muted") == [
            ("post", "own"),
            ("removed", post["id"]),
            ("marker", marker["timestamp"]),
        ]
        # only now: mutes count as they are when an event is told
        await call(http, "DELETE", "/feed/mute", user_id="lena", author_id="milo")
        await call(http, "POST", "/feed/mute", user_id="lena", subject="snow")
        await write(http, "milo", "A cat in the snow")
        await call(http, "DELETE", "/feed/follow", user_id="lena", author_id="milo")
        await write(http, "milo", "from one who is no longer followed")
        await write(http, "lena", "end")
        assert await read_to(events, "end") == []


async def test_an_edit_comes_at_once_and_to_those_who_come_back(http: ClientSession) -> None:
    await follow(http, "emil", "rosa")
    old = await write(http, "rosa", "As it was")
    hidden = await write(http, "rosa", "Hidden")
    await call(http, "POST", "/feed/events", user_id="emil", post_id=hidden["id"], kind="hide")
    async with aclosing(events_of(http, "emil", after=us(hidden))) as events:
        path = f"/feed/posts/{old['id']}"
        edited = await call(http, "PATCH", path, title="As it is", content="Other words.")
        event = await anext(events)
        assert (event.name, event.data) == ("edited", edited)
        assert int(event.id) > us(hidden)
        assert us({"created_at": edited["edited_at"]}) == int(event.id)
        new = await write(http, "rosa", "Published")
        await call(http, "PATCH", f"/feed/posts/{new['id']}", title="Edited at once")
        await call(http, "PATCH", f"/feed/posts/{hidden['id']}", title="Still hidden")
        await write(http, "rosa", "end")
        seen = await read_to(events, "end")
        assert seen[-1] in {("edited", "Edited at once"), ("post", "Edited at once")}
        assert not [each for each in seen if "idden" in each[1]]
    for known in ({"after": us(hidden)}, {"last": event.id}):
        async with aclosing(events_of(http, "emil", **known)) as events:
            missed = await read_to(events, "end")
        assert (("edited", "As it is") in missed) == ("after" in known)
        assert missed[-1][1] == "Edited at once"
    await call(http, "PATCH", path, title="Twice")
    await call(http, "PATCH", path, title="Thrice")
    await write(http, "rosa", "the end")
    async with aclosing(events_of(http, "emil", last=event.id)) as events:
        assert ("edited", "Thrice") in await read_to(events, "the end")
    await call(http, "DELETE", path, 204)
    await write(http, "rosa", "the very end")
    async with aclosing(events_of(http, "emil", after=us(hidden))) as events:
        assert ("removed", old["id"]) in await read_to(events, "the very end")


async def test_a_scheduled_post_that_is_published_at_once_can_be_taken_back(
    http: ClientSession,
) -> None:
    given: dict[str, Any] = {"user_id": "hasty", "title": "Now", "content": "Words."}
    given["headers"] = {"Idempotency-Key": "hasty-1"}
    first = await write(http, "hasty", "before")
    async with aclosing(events_of(http, "hasty", after=us(first))) as events:
        await call(http, "POST", "/feed/posts", 202, at=clock.wall() + 3600, **given)
        post = await call(http, "POST", "/feed/posts", 201, **given)
        assert short(await anext(events)) == ("post", "Now")
        await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
        await write(http, "hasty", "end")
        assert await read_to(events, "end") == [("removed", post["id"])]


async def test_a_client_continues_from_the_newest_post_it_has(http: ClientSession) -> None:
    await follow(http, "page", "ole")
    await write(http, "ole", "old")
    page = await call(http, "GET", "/feed", user_id="page")
    newest = page["posts"][0]
    gone = await write(http, "ole", "comes and goes")
    await write(http, "ole", "new")
    await call(http, "DELETE", f"/feed/posts/{gone['id']}", 204)
    await call(http, "DELETE", f"/feed/posts/{newest['id']}", 204)
    await write(http, "ole", "end")
    expected = [("post", "new"), ("removed", newest["id"])]
    for query in ({"after": us(newest)}, {"timestamp": newest["created_at"]}):
        async with aclosing(events_of(http, "page", **query)) as events:
            assert await read_to(events, "end") == expected
    async with aclosing(events_of(http, "page", last=str(us(newest)), after=0)) as events:
        assert await read_to(events, "end") == expected
    async with aclosing(events_of(http, "page", after=0)) as events:
        assert await read_to(events, "end") == [("post", "new")]


async def test_a_client_with_an_id_from_the_future_gets_what_is_new(http: ClientSession) -> None:
    async with aclosing(events_of(http, "future", after=2**53)) as events:
        waiting = asyncio.ensure_future(anext(events))
        written: list[str] = []

        async def comes() -> bool:  # what was written before the stream was open does not
            written.append(str(us(await write(http, "future", "new"))))
            return waiting.done()

        await eventually(comes, "a post comes")
        assert (await waiting).id in written


async def test_many_missed_posts_come_in_order(http: ClientSession) -> None:
    await follow(http, "back", "pia", "quin")
    first = await write(http, "pia", "first")
    titles = [f"post {n}" for n in range(230)]
    for number, title in enumerate(titles):
        await write(http, ("pia", "quin")[number % 2], title)
    await call(http, "DELETE", f"/feed/posts/{first['id']}", 204)
    await write(http, "quin", "end")
    async with aclosing(events_of(http, "back", after=us(first))) as events:
        found = await read_to(events, "end")
    assert found == [*(("post", title) for title in titles), ("removed", first["id"])]


RELATIONS = {
    "follow": ("POST", "/feed/follow"),
    "unfollow": ("DELETE", "/feed/follow"),
    "mute": ("POST", "/feed/mute"),
    "unmute": ("DELETE", "/feed/mute"),
}
ACTIONS = (*["post"] * 4, "follow", *RELATIONS, "delete")


class Model:
    """What users did, and what a client that knows the feed up to a post has missed."""

    def __init__(self, http: ClientSession) -> None:
        self._http = http
        self._relations: dict[str, set[tuple[str, str]]] = {"follow": set(), "mute": set()}
        self._posts: list[dict[str, Any]] = []
        self.done: list[tuple[str, dict[str, Any]]] = []
        """Posts and removals, in order."""

    async def relate(self, action: str, user: str, author: str) -> None:
        method, path = RELATIONS[action]
        await call(self._http, method, path, user_id=user, author_id=author)
        kept = self._relations[action.removeprefix("un")]
        if action in self._relations:
            kept.add((user, author))
        else:
            kept.discard((user, author))

    async def post(self, user: str, title: str) -> dict[str, Any]:
        post = await write(self._http, user, title)
        self._posts.append(post)
        self.done.append(("post", post))
        return post

    async def delete(self, post: dict[str, Any]) -> None:
        await call(self._http, "DELETE", f"/feed/posts/{post['id']}", 204)
        self._posts.remove(post)
        self.done.append(("removed", post))

    def some_post(self, draw: random.Random) -> dict[str, Any] | None:
        return draw.choice(self._posts) if self._posts else None

    def missed(self, user: str, known: dict[str, Any]) -> list[tuple[str, str]]:
        """With the follows and mutes of now; the last post, which ends the reading, is left out."""
        related = self._relations["follow"] - self._relations["mute"]
        authors = {author for fan, author in related if fan == user} | {user}
        start = self.done.index(("post", known)) + 1
        found = []
        for name, post in self.done[start:-1]:
            if post["author"] in authors and name == "post" and post in self._posts:
                found.append((name, post["title"]))
            if post["author"] in authors and name == "removed" and us(post) <= us(known):
                found.append((name, post["id"]))
        return found


@pytest.mark.parametrize("seed", range(3))
async def test_a_resume_brings_what_came_and_what_was_taken_back(
    http: ClientSession, seed: int
) -> None:
    draw, model = random.Random(seed), Model(http)
    users = [f"{name} {seed}" for name in ("ada", "ben", "cai")]
    for step in range(80):
        user, author = draw.sample(users, 2)
        action = draw.choice(ACTIONS)
        if action in RELATIONS:
            await model.relate(action, user, author)
        elif action == "delete" and (post := model.some_post(draw)):
            await model.delete(post)
        else:
            await model.post(user, f"post {step}")
        if step % 4 == 0 and model.done:
            _, known = draw.choice(model.done)
            end = await model.post(user, f"end {step}")
            async with aclosing(events_of(http, user, after=us(known))) as events:
                assert await read_to(events, end["title"]) == model.missed(user, known)
            await model.delete(end)


async def test_nothing_is_lost_when_the_service_or_redis_is_killed(tmp_path: Path) -> None:
    service = await spawn(tmp_path, *SIMULATED)
    service.url = (await service.logged("ready"))["url"]
    async with ClientSession(service.url) as http:
        await follow(http, "rita", "sam")
        read = await write(http, "sam", "read")
        async with aclosing(events_of(http, "rita", after=0)) as events:
            event = await anext(events)
        assert short(event) == ("post", "read")
        await write(http, "sam", "missed")
        await call(http, "DELETE", f"/feed/posts/{read['id']}", 204)
        await service.kill()
    async with (
        running_service(tmp_path, *SIMULATED) as again,
        ClientSession(again.url) as http,
        aclosing(events_of(http, "rita", last=event.id)) as events,
    ):
        assert short(await anext(events)) == ("post", "missed")
        assert short(await anext(events)) == ("removed", read["id"])
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        with pytest.raises(RedisUnavailable):
            await redis.one("SHUTDOWN", "NOSAVE", "FORCE")
        redis.close()
        await write(http, "sam", "without Redis")
        assert short(await anext(events)) == ("post", "without Redis")


async def test_events_come_from_other_processes_with_the_same_data(
    tmp_path: Path, redis_url: str
) -> None:
    shared = (*SIMULATED, f"redis.url={redis_url}")
    async with (
        running_service(tmp_path, *shared, "service.node=one") as one,
        running_service(tmp_path, *shared, "service.node=two") as two,
        ClientSession(one.url) as here,
        ClientSession(two.url) as there,
        aclosing(events_of(here, "wim", after=0)) as events,
    ):
        await follow(there, "wim", "xan")
        post = await write(there, "xan", "elsewhere")
        assert short(await anext(events)) == ("post", "elsewhere")
        await call(there, "DELETE", f"/feed/posts/{post['id']}", 204)
        assert short(await anext(events)) == ("removed", post["id"])
        marker = await mark(there, "wim", post["created_at"])
        assert short(await anext(events)) == ("marker", marker["timestamp"])
        await write(here, "xan", "here")
        assert short(await anext(events)) == ("post", "here")


@pytest.mark.parametrize("days", [1, 200])  # posts that are far ahead are stamped again
async def test_events_go_on_when_the_clock_is_set_back(tmp_path: Path, days: int) -> None:
    machine = MovedClock(tmp_path)
    machine.set(days * DAY_SECONDS)
    environment = machine.environment()
    async with (
        running_service(tmp_path, *SIMULATED, environment=environment) as service,
        ClientSession(service.url) as http,
    ):
        await follow(http, "ute", "vic")
        ahead = await write(http, "vic", "ahead")
        assert (await mark(http, "ute", ahead["created_at"]))["timestamp"] == ahead["created_at"]
    machine.set(0)
    async with (
        running_service(tmp_path, *SIMULATED, environment=environment) as service,
        ClientSession(service.url) as http,
    ):
        if days > 180:
            await service.logged("posts were stamped ahead of the clock, corrected")
        later = await write(http, "vic", "later")
        await call(http, "DELETE", f"/feed/posts/{ahead['id']}", 204)
        marker = await mark(http, "ute", later["created_at"])
        assert marker == {"timestamp": later["created_at"], "newer": 0}
        await write(http, "vic", "end")
        async with aclosing(events_of(http, "ute", after=us(ahead))) as events:
            assert await read_to(events, "end") == [
                ("post", "later"),
                ("removed", ahead["id"]),
                ("marker", later["created_at"]),
            ]
        assert (await call(http, "GET", "/feed/marker", user_id="ute"))["newer"] == 1


async def test_an_open_feed_ends_with_its_key(tmp_path: Path) -> None:
    ann, _admin = (
        command(tmp_path, "keys", "create", name, "--yes", "--scopes", scopes).stdout.strip()
        for name, scopes in (("ann", "feed"), ("boss", "admin"))
    )
    settings = (*SIMULATED, 'auth.users={ann=["ann"]}')
    async with (
        running_service(tmp_path, *settings) as running,
        ClientSession(running.url, headers={"Authorization": f"Bearer {ann}"}) as http,
    ):
        for path in ("/feed/events", "/feed/marker"):
            await call(http, "GET", path, 403, user_id="bob")
        await call(http, "PUT", "/feed/marker", 403, user_id="bob", timestamp=1)
        async with (
            ClientSession(running.url) as browser,
            aclosing(events_of(browser, "ann", after=0, access_token=ann)) as events,
        ):
            began, number = time.monotonic(), 0
            while time.monotonic() < began + CHECK_SECONDS + 0.5:  # it passes a check of the key
                await write(http, "ann", f"post {number}")
                assert short(await anext(events)) == ("post", f"post {number}")
                number += 1
            assert command(tmp_path, "keys", "revoke", "ann").returncode == 0
            async with asyncio.timeout(HANGS_SECONDS):
                assert [short(event) async for event in events] == []


@pytest.mark.parametrize("query", ["", "?user-id=", "?user-id=a&after=x", "?user-id=a&timestamp=x"])
async def test_a_stream_of_nothing_is_refused(http: ClientSession, query: str) -> None:
    async with http.get(f"/feed/events{query}") as answer:
        assert answer.status == 400
        assert answer.content_type == "application/problem+json"
