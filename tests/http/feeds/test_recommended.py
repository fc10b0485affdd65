"""`GET /feed?rank=recommended`, `/feed/why`, `/feed/taste`: lists made once, and explained."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from service.store.redis.connection import RedisConnection
from tests.http.feeds.test_feed_acts import act
from tests.http.feeds.test_home_feed import SIMULATED, call, follow, write
from tests.support.running import command, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def folder(tmp_path: Path) -> AsyncIterator[tuple[Path, ClientSession]]:
    """An empty service, and its folder."""
    async with running_service(tmp_path, *SIMULATED) as running, ClientSession(running.url) as http:
        yield tmp_path, http


@pytest.fixture
def http(folder: tuple[Path, ClientSession]) -> ClientSession:
    return folder[1]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    """A service for tests that do not mind the posts of others."""
    data = tmp_path_factory.mktemp("recommended")
    async with running_service(data, *SIMULATED) as running, ClientSession(running.url) as http:
        yield http


async def page(http: ClientSession, user: str, status: int = 200, **more: Any) -> dict[str, Any]:
    return await call(http, "GET", "/feed", status, user_id=user, rank="recommended", **more)


async def whole(http: ClientSession, user: str, **more: Any) -> list[dict[str, Any]]:
    """All posts of a list, page by page."""
    posts: list[dict[str, Any]] = []
    while True:
        found = await page(http, user, **more)
        posts += found["posts"]
        if found["next"] is None:
            return posts
        more["cursor"] = found["next"]


def titles(posts: list[dict[str, Any]]) -> list[str]:
    return [post["title"] for post in posts]


async def why(http: ClientSession, user: str, post: str, status: int = 200) -> dict[str, Any]:
    return await call(http, "GET", "/feed/why", status, user_id=user, post_id=post)


async def taste(http: ClientSession, user: str) -> dict[str, Any]:
    return await call(http, "GET", "/feed/taste", user_id=user)


async def test_without_any_posts_or_acts_the_list_is_empty(http: ClientSession) -> None:
    assert await page(http, "ann") | {"served": ""} == {
        "posts": [],
        "next": None,
        "newer": None,
        "served": "",
    }


async def test_without_any_acts_there_are_posts_of_others_and_no_own(http: ClientSession) -> None:
    for author in ("ann", "ben", "cas"):
        await write(http, author, f"by {author}")
    assert sorted(titles(await whole(http, "ann"))) == ["by ben", "by cas"]


@pytest.mark.parametrize("limit", [1, 7])
async def test_pages_walk_through_one_list_while_things_happen(
    http: ClientSession, limit: int
) -> None:
    made = {}
    for number in range(30):
        title = f"p{number}"
        made[title] = (await write(http, f"author{number % 9}", title))["id"]
    first = await page(http, "reader", limit=limit)
    seen, cursor, count = titles(first["posts"]), first["next"], 0
    gone: set[str] = set()
    while cursor is not None:
        for title in {f"p{count % 30}", f"p{(count * 7) % 30}"} - gone:
            await act(http, user_id="reader", post_id=made[title], kind="like")
            await act(http, user_id="other", post_id=made[title], kind="like")
        await write(http, "author1", f"later{count}")
        hidden = next((t for t in reversed(made) if t not in seen and t not in gone), None)
        if hidden is not None and count % 3 == 0:
            gone.add(hidden)
            if count % 2:
                await act(http, user_id="reader", post_id=made[hidden], kind="hide")
            else:
                await call(http, "DELETE", f"/feed/posts/{made[hidden]}", 204)
        found = await page(http, "reader", limit=limit, cursor=cursor)
        assert found["served"] == first["served"]
        assert not gone & set(titles(found["posts"]))
        seen += titles(found["posts"])
        cursor, count = found["next"], count + 1
    assert max(Counter(seen).values()) == 1
    assert set(seen) | gone == set(made)


async def test_what_was_seen_hidden_muted_or_left_out_does_not_come(http: ClientSession) -> None:
    ids = {}
    for number, title in enumerate(("seen", "liked", "hidden", "muted", "left out", "stays")):
        ids[title] = (await write(http, f"author{number}", title))["id"]
    for title, kind in (("seen", "view"), ("liked", "like"), ("hidden", "hide")):
        await act(http, user_id="reader", post_id=ids[title], kind=kind)
    await call(http, "POST", "/feed/mute", user_id="reader", author_id="author3")
    found = await whole(http, "reader", exclude=ids["left out"])
    assert titles(found) == ["stays"]
    verdicts = {}
    for title, id_ in ids.items():
        answer = await why(http, "reader", id_)
        verdicts[title] = [f["name"] for f in answer["filters"] if not f["passed"]]
        assert answer["eligible"] is not verdicts[title]
    assert verdicts == {
        "seen": ["seen"],
        "liked": ["seen"],
        "hidden": ["hidden"],
        "muted": ["muted-author"],
        "left out": [],
        "stays": ["served"],
    }
    await act(http, user_id="reader", post_id=ids["hidden"], kind="unhide")
    await call(http, "DELETE", "/feed/mute", user_id="reader", author_id="author3")
    assert sorted(titles(await whole(http, "reader"))) == ["hidden", "left out", "muted"]


async def test_a_hidden_post_leaves_the_recent_feed_as_well(shared: ClientSession) -> None:
    http = shared
    await follow(http, "reader", "ann")
    hidden = (await write(http, "ann", "hidden"))["id"]
    await write(http, "ann", "stays")
    await act(http, user_id="reader", post_id=hidden, kind="hide")
    recent = await call(http, "GET", "/feed", user_id="reader")
    assert titles(recent["posts"]) == ["stays"]
    await act(http, user_id="reader", post_id=hidden, kind="unhide")
    recent = await call(http, "GET", "/feed", user_id="reader")
    assert titles(recent["posts"]) == ["stays", "hidden"]


async def test_a_second_list_has_what_was_not_served_and_repeats_before_it_is_empty(
    http: ClientSession,
) -> None:
    for number in range(6):
        await write(http, f"author{number}", f"p{number}")
    first, second = [titles((await page(http, "reader", limit=3))["posts"]) for _ in range(2)]
    assert sorted(first + second) == [f"p{number}" for number in range(6)]
    assert len((await page(http, "reader", limit=3))["posts"]) == 3


async def test_a_list_that_is_gone_is_followed_by_one_without_what_was_served(
    folder: tuple[Path, ClientSession],
) -> None:
    data, http = folder
    for number in range(12):
        await write(http, f"author{number}", f"p{number}")
    first = await page(http, "reader", limit=5)
    redis = RedisConnection(f"unix://{data}/data/redis/redis.sock")
    await redis.one("FLUSHALL")
    redis.close()
    query = {"user-id": "reader", "rank": "recommended", "limit": "5", "cursor": first["next"]}
    async with http.get("/feed", params=query) as answer:
        second = await answer.json()
        assert answer.headers["Feed-State"] == "rebuilt"
        assert 'rel="next"' in answer.headers["Link"]
    third = await page(http, "reader", limit=5, cursor=second["next"])
    assert third["next"] is None
    seen = titles(first["posts"] + second["posts"] + third["posts"])
    assert sorted(seen) == sorted(f"p{number}" for number in range(12))


async def test_pages_that_are_open_on_another_device_go_on_after_a_new_list(
    folder: tuple[Path, ClientSession],
) -> None:
    data, http = folder
    for number in range(20):
        await write(http, f"author{number}", f"p{number}")
    first = await page(http, "reader", limit=1)
    for _ in range(3):
        await page(http, "reader", limit=1)
    again = await page(http, "reader", limit=1, cursor=first["next"])
    assert again["served"] == first["served"]
    await page(http, "reader", limit=1)
    instead = await page(http, "reader", limit=1, cursor=first["next"])
    assert instead["served"] != first["served"]
    redis = RedisConnection(f"unix://{data}/data/redis/redis.sock")
    assert await redis.one("KEYS", "feed:ranked:*") == [b"feed:ranked:reader"]
    redis.close()


async def test_posts_that_say_the_same_come_once(http: ClientSession) -> None:
    for author in ("ann", "ben", "cas"):
        await write(http, author, "the same")
    assert titles(await whole(http, "reader")) == ["the same"]


async def test_one_author_has_2_of_10_places_while_there_are_others(http: ClientSession) -> None:
    for number in range(20):
        await write(http, "busy", f"busy{number}")
    for number in range(8):
        await write(http, f"author{number}", f"p{number}")
    await follow(http, "reader", "busy")
    found = (await page(http, "reader", limit=10))["posts"]
    assert Counter(post["author"] for post in found)["busy"] == 2


async def test_what_those_with_the_same_likes_like_comes_first_and_says_so(
    http: ClientSession,
) -> None:
    ids = {}
    for number in range(12):
        ids[f"p{number}"] = (await write(http, f"author{number}", f"p{number}"))["id"]
    for fan in range(6):
        for title in ("p3", "p4"):
            await act(http, user_id=f"fan{fan}", post_id=ids[title], kind="like")
    await act(http, user_id="reader", post_id=ids["p3"], kind="like")

    async def is_first() -> bool:
        answer = await why(http, "reader", ids["p4"])
        return bool(answer["reason"]["kind"] == "because-you-liked")

    await eventually(is_first, "the likes are counted")
    [first, *_] = (await page(http, "reader"))["posts"]
    assert first["title"] == "p4"
    assert first["reason"] == {
        "kind": "because-you-liked",
        "text": "Those who liked “p3” like it.",
        "liked_post_id": ids["p3"],
    }


async def test_a_taste_is_described_in_words_and_forgotten(http: ClientSession) -> None:
    ids = {}
    for author in ("ann", "ben"):
        for number in range(4):
            ids[author, number] = (await write(http, author, f"{author} {number} #{author}s"))["id"]
    for number in range(3):
        await act(http, user_id="reader", post_id=ids["ann", number], kind="like")
    await act(http, user_id="reader", post_id=ids["ben", 0], kind="less", of="author")
    found = await taste(http, "reader")
    assert [post["title"] for post in found["likes"]] == [f"ann {n} #anns" for n in (2, 1, 0)]
    authors = {entry["name"]: entry for entry in found["authors"]}
    assert authors["ann"]["affinity"] > 0.1
    assert authors["ann"]["words"].startswith("likes")
    assert authors["ben"]["words"] == "avoids"
    assert "bens" not in [entry["name"] for entry in found["subjects"]]
    answer = await why(http, "reader", ids["ann", 3])
    assert answer["score"] == pytest.approx(sum(part["adds"] for part in answer["parts"]))
    await call(http, "DELETE", "/feed/taste", 204, user_id="reader")
    assert await taste(http, "reader") == {"likes": [], "authors": [], "subjects": []}
    assert len(await whole(http, "reader")) == 8  # nothing counts as seen


async def test_hidden_posts_stay_hidden_when_a_taste_is_forgotten(http: ClientSession) -> None:
    hidden = (await write(http, "ann", "hidden"))["id"]
    await act(http, user_id="reader", post_id=hidden, kind="hide")
    await call(http, "DELETE", "/feed/taste", 204, user_id="reader")
    assert await whole(http, "reader") == []
    assert (await taste(http, "reader"))["authors"] == []


async def test_a_head_request_serves_nothing(http: ClientSession) -> None:
    for number in range(3):
        await write(http, f"author{number}", f"p{number}")
    given = {"user-id": "peeking", "rank": "recommended", "limit": "2"}
    async with http.head("/feed", params=given) as answer:
        assert answer.status == 200
    assert sorted(titles((await page(http, "peeking"))["posts"])) == ["p0", "p1", "p2"]


async def test_every_served_post_is_logged_with_place_source_and_probability(
    folder: tuple[Path, ClientSession],
) -> None:
    data, http = folder
    for number in range(25):
        await write(http, f"author{number}", f"p{number}")
    first = await page(http, "reader", limit=10)
    await page(http, "reader", limit=10, cursor=first["next"])

    def rows() -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(data / "data" / "feedmill.db")) as connection:
            return connection.execute(
                "SELECT place, title, source, probability FROM served_posts"
                " JOIN posts ON created_us = post_us WHERE list_id = ? ORDER BY place",
                (first["served"],),
            ).fetchall()

    async def are_logged() -> bool:
        return len(rows()) == 20

    await eventually(are_logged, "both pages are in the log")
    assert [row[0] for row in rows()] == list(range(20))
    assert [row[1] for row in rows()[:10]] == titles(first["posts"])
    assert {row[2] for row in rows()} == {"new"}
    [liked] = [post["id"] for post in first["posts"][:1]]
    for user in ("another", "reader", "reader"):  # it counts once, and for its reader alone
        await act(http, user_id=user, post_id=liked, kind="like", served=first["served"])
    async with http.get("/metrics") as answer:
        metrics = await answer.text()
    assert 'feedmill_feed_served_total{place="1",source="new"} 1.0' in metrics
    assert 'feedmill_feed_served_total{place="later",source="new"} 10.0' in metrics
    assert 'feedmill_feed_served_likes_total{place="1",source="new"} 1.0' in metrics
    assert "feedmill_feed_explored_total 2.0" in metrics
    assert "feedmill_feed_coverage 0.8" in metrics
    assert 'feedmill_feed_candidates_total{source="new"} 25.0' in metrics
    assert 'feedmill_ranking_seconds_count{stage="order"} 1.0' in metrics
    drawn = [place for place, *_, probability in rows() if probability < 1]
    assert drawn == [9, 19]
    assert first["posts"][9]["reason"]["kind"] == "new-voice"


async def test_a_new_author_is_on_first_pages_until_twenty_have_read_a_post(
    http: ClientSession,
) -> None:
    newcomer = (await write(http, "newcomer", "hello"))["id"]
    busy = [(await write(http, f"author{n % 6}", f"p{n}"))["id"] for n in range(60)]
    readers = [f"reader{number}" for number in range(20)]
    for reader in readers:
        views = [{"post-id": post, "kind": "view"} for post in busy[:6]]
        await act(http, user_id=reader, events=views)
    for reader in readers:  # the newcomer's post is not among the newest fifty
        assert "hello" in titles((await page(http, reader, limit=10))["posts"])
        await act(http, user_id=reader, post_id=newcomer, kind="view")
    assert "hello" not in titles(await whole(http, "the next", limit=50))


@pytest.mark.parametrize(
    ("path", "status", "given"),
    [
        ("/feed", 400, {"rank": "best"}),
        ("/feed", 400, {"rank": "recommended", "limit": 101}),
        ("/feed", 400, {"rank": "recommended", "cursor": "x"}),
        ("/feed", 400, {"rank": "recommended", "exclude": "a,,b"}),
        ("/feed", 400, {"rank": "recommended", "exclude": ",".join(["a"] * 101)}),
        ("/feed/why", 400, {}),
        ("/feed/why", 400, {"post_id": "a b"}),
        ("/feed/why", 404, {"post_id": "post-unknown"}),
    ],
)
async def test_bad_requests_are_refused(
    shared: ClientSession, path: str, status: int, given: dict[str, Any]
) -> None:
    await call(shared, "GET", path, status, user_id="reader", **given)


async def test_a_cursor_is_of_one_user_and_one_rank(shared: ClientSession) -> None:
    http = shared
    for number in range(4):
        await write(http, f"author{number}", f"p{number}")
    cursor = (await page(http, "reader", limit=2))["next"]
    await page(http, "other", 400, cursor=cursor)
    await call(http, "GET", "/feed", 400, user_id="reader", cursor=cursor)


async def test_a_deleted_post_is_not_explained(shared: ClientSession) -> None:
    http = shared
    gone = (await write(http, "ann", "gone"))["id"]
    await call(http, "DELETE", f"/feed/posts/{gone}", 204)
    await why(http, "reader", gone, 410)


async def test_a_key_acts_only_for_its_users(tmp_path: Path) -> None:
    ann = command(tmp_path, "keys", "create", "ann", "--yes").stdout.strip()
    settings = (*SIMULATED, 'auth.users={ann=["ann"]}')
    async with (
        running_service(tmp_path, *settings) as running,
        ClientSession(running.url, headers={"Authorization": f"Bearer {ann}"}) as http,
    ):
        post = (await write(http, "ann", "Mine"))["id"]
        await page(http, "bob", 403)
        await why(http, "bob", post, 403)
        await call(http, "GET", "/feed/taste", 403, user_id="bob")
        await call(http, "DELETE", "/feed/taste", 403, user_id="bob")
        await act(http, 403, user_id="bob", post_id=post, kind="like")
        mixed = [
            {"post-id": post, "kind": "like"},
            {"post-id": post, "kind": "like", "user-id": "bob"},
        ]
        await act(http, 403, user_id="ann", events=mixed)
        await page(http, "ann")


async def test_weights_of_the_ranking_are_live(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[feed.ranking]\nrecency = 0.1\n")
    async with (
        running_service(tmp_path, *SIMULATED) as running,
        ClientSession(running.url) as http,
    ):
        post = (await write(http, "ann", "New"))["id"]

        async def weight() -> float:
            parts = (await why(http, "reader", post))["parts"]
            return float(next(part["weight"] for part in parts if part["name"] == "recency"))

        assert await weight() == 0.1
        file.write_text("[feed.ranking]\nrecency = 0.7\n")

        async def is_changed() -> bool:
            return await weight() == 0.7

        await eventually(is_changed, "the new weight is in force")
