"""`GET /feed`, posts and follows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from yarl import URL

from service import clock
from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from tests.support.running import command, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def call(
    http: ClientSession, method: str, path: str, status: int = 200, **given: Any
) -> dict[str, Any]:
    headers = given.pop("headers", {})
    given = {name.replace("_", "-"): value for name, value in given.items()}
    body: dict[str, Any] = {"params": given} if method == "GET" else {"json": given}
    async with http.request(method, path, headers=headers, **body) as answer:
        found = await answer.json() if answer.status != 204 else {}
        assert answer.status == status, found
    return dict(found)


async def write(http: ClientSession, user: str, title: str, **more: Any) -> dict[str, Any]:
    given = {"user_id": user, "title": title, "content": "Words."} | more
    return await call(http, "POST", "/feed/posts", 201, **given)


async def follow(http: ClientSession, user: str, *authors: str) -> None:
    for author in authors:
        assert await call(http, "POST", "/feed/follow", user_id=user, author_id=author) == {
            "author_id": author,
            "following": True,
        }


async def read(http: ClientSession, user: str, **more: Any) -> list[str]:
    """The titles of a whole feed, page by page."""
    titles: list[str] = []
    while True:
        page = await call(http, "GET", "/feed", user_id=user, **more)
        titles += [post["title"] for post in page["posts"]]
        if page["next"] is None:
            return titles
        more["cursor"] = page["next"]


@pytest_asyncio.fixture(loop_scope="session")
async def flushable(tmp_path: Path) -> AsyncIterator[tuple[ClientSession, RedisConnection]]:
    async with running_service(tmp_path, *SIMULATED) as running, ClientSession(running.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        yield http, redis
        redis.close()


async def test_pages_neither_repeat_nor_skip_while_posts_arrive_and_go(http: ClientSession) -> None:
    await follow(http, "scroller", "busy", "calm")
    posts = [await write(http, ("busy", "calm")[n % 2], f"old {n}") for n in range(12)]
    page = await call(http, "GET", "/feed", user_id="scroller", limit=4)
    assert [post["title"] for post in page["posts"]] == [f"old {n}" for n in (11, 10, 9, 8)]
    await write(http, "busy", "new")
    for gone in (8, 6):  # the last of this page, and one of the next
        await call(http, "DELETE", f"/feed/posts/{posts[gone]['id']}", 204)
    rest = await read(http, "scroller", limit=4, cursor=page["next"])
    assert rest == [f"old {n}" for n in (7, 5, 4, 3, 2, 1, 0)]
    await call(http, "POST", "/feed/mute", user_id="scroller", author_id="busy")
    rest = await read(http, "scroller", limit=4, cursor=page["next"])
    assert rest == [f"old {n}" for n in (7, 5, 3, 1)]


async def test_a_reader_who_passes_the_newest_time_back_misses_nothing(http: ClientSession) -> None:
    await follow(http, "poller", "ted", "uma")
    titles, newest = [], "0"
    for number in range(9):
        post = await write(http, ("ted", "uma")[number % 2], f"post {number}")
        if number == 4:  # the newest post is gone: the next one is later all the same
            await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
        page = await call(http, "GET", "/feed", user_id="poller", timestamp=newest)
        titles += [found["title"] for found in page["posts"]]
        newest = post["created_at"]
    assert titles == [f"post {number}" for number in range(9) if number != 4]


async def test_a_link_leads_to_the_next_page(http: ClientSession) -> None:
    for number in range(3):
        await write(http, "linker", f"post {number}")
    parameters = {"user-id": "linker", "limit": "2", "timestamp": "1"}
    async with http.get("/feed", params=parameters) as answer:
        assert answer.headers["Feed-State"] in ("stored", "database")
        following = answer.links["next"]["url"]
        cursor = (await answer.json())["next"]
    async with http.get(following) as answer:
        page = await answer.json()
    assert [post["title"] for post in page["posts"]] == ["post 0"]
    assert page["next"] is None
    for stranger in ({"user_id": "other"}, {"user_id": "linker", "rank": "hot"}):
        await call(http, "GET", "/feed", 400, cursor=cursor, **stranger)
    for broken in (cursor[:-2], "A", "=", "ä", f"{cursor}AAAA"):
        await call(http, "GET", "/feed", 400, user_id="linker", cursor=broken)
    for limit in (0, 101, "x"):
        await call(http, "GET", "/feed", 400, user_id="linker", limit=limit)


async def test_excluded_posts_are_left_out_of_every_page(http: ClientSession) -> None:
    posts = [await write(http, "excluder", f"post {number}") for number in range(8)]
    exclude = ",".join(posts[number]["id"] for number in (7, 6, 3, 0))
    assert await read(http, "excluder", limit=2, exclude=exclude) == [
        f"post {number}" for number in (5, 4, 2, 1)
    ]
    parameters = {"user-id": "excluder", "limit": "2", "exclude": exclude}
    async with http.get("/feed", params=parameters) as answer:
        following = answer.links["next"]["url"]
    async with http.get(following) as answer:
        page = await answer.json()
    assert [post["title"] for post in page["posts"]] == ["post 2", "post 1"]
    assert page["next"] is None
    await call(http, "GET", "/feed", 400, user_id="excluder", exclude=",")


@pytest.mark.parametrize("rank", ["recent", "recommended"])
async def test_a_link_stays_short_enough_for_clients(http: ClientSession, rank: str) -> None:
    user = f"{rank} reader of links"
    for number in range(3):
        await write(http, user, f"post {number}")
        await write(http, f"{user}'s author", f"post {number}")
    await follow(http, user, f"{user}'s author")
    for count, is_kept in ((30, True), (100, False)):
        exclude = ",".join(f"{'p' * 40}{number:03}" for number in range(count))
        given = {"user-id": user, "limit": "1", "rank": rank, "exclude": exclude}
        async with http.get("/feed", params=given) as answer:
            assert answer.status == 200
            assert len(answer.headers["Link"]) < 3100
            following = answer.links["next"]["url"]
        assert ("&exclude=" in str(following)) == is_kept
        async with http.get(following) as answer:
            assert len((await answer.json())["posts"]) == 1


async def test_an_idempotency_key_makes_one_post(http: ClientSession) -> None:
    given: dict[str, Any] = {"user_id": "ida", "title": "Once", "content": "Words."}
    headers = {"Idempotency-Key": "ida-1"}
    post = await call(http, "POST", "/feed/posts", 201, headers=headers, **given)
    assert await call(http, "POST", "/feed/posts", 200, headers=headers, **given) == post
    for changed in ({"title": "Twice"}, {"user_id": "eve"}, {"alt": "A fox."}):
        await call(http, "POST", "/feed/posts", 422, headers=headers, **(given | changed))
    assert await call(http, "GET", f"/feed/posts/{post['id']}") == post
    assert await read(http, "ida") == ["Once"]
    await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
    for method in ("GET", "DELETE"):
        await call(http, method, f"/feed/posts/{post['id']}", 410)
        await call(http, method, "/feed/posts/unknown", 404)
        await call(http, method, "/feed/posts/%C3%A4", 404)
    await call(http, "POST", "/feed/posts", 410, headers=headers, **given)
    assert await read(http, "ida") == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", " "),
        ("title", "x" * 201),
        ("title", "a\0b"),
        ("title", "\ud800"),
        ("user-id", "a\udfff"),
        ("content", ""),
        ("content", "x" * 20_001),
        ("imageUri", "https://elsewhere.example/a.webp"),
        ("imageUri", f"/media/{'0' * 64}/a.webp"),
        ("imageUri", "/media/../../etc/passwd"),
    ],
)
async def test_a_post_with_a_bad_field_is_refused(
    http: ClientSession, name: str, value: str
) -> None:
    given: dict[str, Any] = {"user-id": "bad", "title": "T", "content": "C", name: value}
    problem = await call(http, "POST", "/feed/posts", 400, **given)
    assert [error["name"] for error in problem["errors"]] == [name]
    assert await read(http, "bad") == []


async def test_a_name_that_is_no_utf_8_is_refused_by_name(http: ClientSession) -> None:
    for query in ("%ED%A0%80", "%FF"):  # a lone surrogate, and no UTF-8 at all
        async with http.get(URL(f"/feed?limit=2&user-id={query}", encoded=True)) as answer:
            assert answer.status == 400
            assert [error["name"] for error in (await answer.json())["errors"]] == ["user-id"]


async def test_a_completed_request_is_published_once(http: ClientSession) -> None:
    given: dict[str, Any] = {"prompt": "a fox", "tag": "instagram"}
    id_ = (await call(http, "POST", "/content", 202, **given))["RequestId"]

    async def completed() -> bool:
        found = await call(http, "GET", f"/content/{id_}", wait=60)
        return bool(found["status"] == "completed")

    await eventually(completed, "the request is completed")
    path = f"/content/{id_}/publish"
    await call(http, "POST", path, 400)  # the request names no author
    post = await call(http, "POST", path, 201, user_id="pub", title="A title")
    assert post["id"] == id_
    assert post["title"] == "A title"
    assert post["imageUri"].startswith("/media/")
    assert await call(http, "POST", path, 200, user_id="pub") == post
    await call(http, "POST", path, 409, user_id="another")
    assert await read(http, "pub") == ["A title"]
    again = await write(http, "pub", "With its picture", imageUri=post["imageUri"])
    assert again["imageUri"] == post["imageUri"]
    await call(http, "DELETE", f"/feed/posts/{id_}", 204)
    await call(http, "POST", path, 410, user_id="pub")
    await call(http, "POST", "/content/unknown/publish", 404, user_id="pub")


async def test_relations_are_listed_page_by_page(http: ClientSession) -> None:
    authors = [f"author {number}" for number in range(5)]
    await follow(http, "lister", *authors, *authors)
    for path, name, key in (("follow", "lister", "authors"), ("mute", "lister", "authors")):
        if path == "mute":
            for author in authors:
                await call(http, "POST", "/feed/mute", user_id="lister", author_id=author)
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = await call(http, "GET", f"/feed/{path}", user_id=name, limit=2, **cursor)
            found += page[key]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert found == authors
        await call(http, "GET", "/feed/followers", 400, user_id="lister", **cursor)
    page = await call(http, "GET", "/feed/followers", user_id="author 3")
    assert page == {"followers": ["lister"], "next": None}
    for path in ("/feed/follow", "/feed/mute"):
        await call(http, "POST", path, 400, user_id="lister", author_id="lister")
        await call(http, "DELETE", path, user_id="lister", author_id="a stranger")


async def test_keys_and_limits_of_follows(tmp_path: Path) -> None:
    ann = command(tmp_path, "keys", "create", "ann", "--yes").stdout.strip()
    limits = ("feed.max_follows=2", "feed.max_mutes=2", "feed.max_scheduled=2")
    settings = (*SIMULATED, *limits, 'auth.users={ann=["ann"]}')
    async with (
        running_service(tmp_path, *settings) as running,
        ClientSession(running.url, headers={"Authorization": f"Bearer {ann}"}) as http,
    ):
        await follow(http, "ann", "bob", "cleo", "bob")
        problem = await call(http, "POST", "/feed/follow", 409, user_id="ann", author_id="dan")
        assert "2 authors" in problem["detail"]
        await call(http, "DELETE", "/feed/follow", user_id="ann", author_id="bob")
        await follow(http, "ann", "dan")
        muted: list[dict[str, Any]] = [{"author_id": "bob"}, {"subject": "cats"}]
        for given in (*muted, *muted):
            await call(http, "POST", "/feed/mute", user_id="ann", **given)
        for more in ({"author_id": "dan"}, {"subject": "dogs"}):
            problem = await call(http, "POST", "/feed/mute", 409, user_id="ann", **more)
            assert "2 authors and subjects" in problem["detail"]
        await call(http, "DELETE", "/feed/mute", user_id="ann", **muted[0])
        await call(http, "POST", "/feed/mute", user_id="ann", subject="dogs")
        later = {"user_id": "ann", "title": "T", "content": "C", "at": clock.wall() + 3600}
        planned = [await call(http, "POST", "/feed/posts", 202, **later) for _ in range(2)]
        problem = await call(http, "POST", "/feed/posts", 409, **later)
        assert "2 posts" in problem["detail"]
        await call(http, "DELETE", f"/feed/posts/{planned[0]['id']}", 204)
        await call(http, "POST", "/feed/posts", 202, **later)
        other: dict[str, Any] = {"user_id": "bob", "author_id": "ann"}
        for path in ("/feed/follow", "/feed/mute"):
            await call(http, "POST", path, 403, **other)
            await call(http, "DELETE", path, 403, **other)
            await call(http, "GET", path, 403, user_id="bob")
        await call(http, "GET", "/feed", 403, user_id="bob")
        await call(http, "GET", "/feed/followers", 403, user_id="bob")
        await call(http, "POST", "/feed/posts", 403, user_id="bob", title="T", content="C")


async def test_a_post_deleted_while_redis_is_away_is_in_no_feed_when_it_is_back(
    flushable: tuple[ClientSession, RedisConnection],
) -> None:
    http, redis = flushable

    async def own() -> list[str]:
        async with http.post("/feed/", json={"user-id": "zoe"}) as answer:
            return [post["title"] for post in await answer.json()]

    await write(http, "zoe", "kept")
    post = await write(http, "zoe", "deleted")
    assert await own() == ["deleted", "kept"]
    with pytest.raises(RedisUnavailable):
        await redis.one("SHUTDOWN", "NOSAVE", "FORCE")
    await call(http, "DELETE", f"/feed/posts/{post['id']}", 204)
    assert await own() == ["kept"]

    async def answers() -> bool:
        try:
            return bool(await redis.one("PING"))
        except RedisUnavailable:
            return False

    await eventually(answers, "Redis answers again")
    assert await own() == ["kept"]
    assert await read(http, "zoe") == ["kept"]


async def test_a_post_is_edited_and_keeps_its_place(http: ClientSession) -> None:
    await follow(http, "editor's fan", "editor")
    given: dict[str, Any] = {"title": "Frist snow", "content": "The hills are wite."}
    headers = {"Idempotency-Key": "editor-1"}
    written = await call(
        http, "POST", "/feed/posts", 201, user_id="editor", headers=headers, **given
    )
    await write(http, "editor", "Later")
    assert (written["alt"], written["edited_at"]) == (None, None)
    path = f"/feed/posts/{written['id']}"
    change: dict[str, Any] = {"title": "First frog", "alt": "A hill."}
    edited = await call(http, "PATCH", path, **change)
    assert edited == written | {
        **change,
        "subjects": ["frog"],
        "edited_at": edited["edited_at"],
    }
    assert edited["edited_at"] > written["created_at"]
    assert await call(http, "GET", path) == edited
    assert await read(http, "editor's fan") == ["Later", "First frog"]
    async with http.post("/feed/", json={"user-id": "editor"}) as answer:
        own = await answer.json()
    assert [post["title"] for post in own] == ["Later", "First frog"]
    assert set(own[0]) == {"id", "title", "content", "imageUri", "created_at"}
    again = await call(http, "POST", "/feed/posts", user_id="editor", headers=headers, **given)
    assert again == edited  # a client that repeats the publication changes nothing
    for name, value in (("title", " "), ("content", "x" * 20_001), ("alt", ""), ("imageUri", "/x")):
        wrong: dict[str, Any] = {name: value}
        problem = await call(http, "PATCH", path, 400, **wrong)
        assert [error["name"] for error in problem["errors"]] == [name]
    await call(http, "PATCH", "/feed/posts/unknown", 404, title="T")
    await call(http, "DELETE", path, 204)
    await call(http, "PATCH", path, 410, title="T")


async def test_a_published_picture_has_its_alternative_text(http: ClientSession) -> None:
    given: dict[str, Any] = {"prompt": "a fox", "tag": "image", "user_id": "alt"}
    id_ = (await call(http, "POST", "/content", 202, **given))["RequestId"]

    async def completed() -> dict[str, Any] | None:
        found = await call(http, "GET", f"/content/{id_}", wait=60)
        return found if found["status"] == "completed" else None

    record = await eventually(completed, "the request is completed")
    post = await call(http, "POST", f"/content/{id_}/publish", 201)
    assert post["alt"] == record.get("alt")
    other = await write(http, "alt", "Mine", imageUri=post["imageUri"], alt="A red fox.")
    assert other["alt"] == "A red fox."


async def test_a_post_is_published_when_its_time_has_come(http: ClientSession) -> None:
    await follow(http, "planner's fan", "planner")
    given: dict[str, Any] = {"user_id": "planner", "title": "Later", "content": "Words."}
    planned = await call(http, "POST", "/feed/posts", 202, at=clock.wall() + 1, **given)

    async def is_published() -> bool:
        return await read(http, "planner's fan") == ["Later"]

    await eventually(is_published, "the post is in the feeds of followers")
    post = await call(http, "GET", f"/feed/posts/{planned['id']}")
    assert post["created_at"] >= planned["publish_at"]
    await call(http, "POST", "/feed/posts", 201, at=1, **given)  # in the past: at once
    assert await read(http, "planner") == ["Later", "Later"]


async def test_a_scheduled_post_is_in_no_feed_and_can_be_cancelled(http: ClientSession) -> None:
    given: dict[str, Any] = {"user_id": "undecided", "title": "Later", "content": "Words."}
    for wrong in (clock.wall() + 367 * 86_400, "x"):
        problem = await call(http, "POST", "/feed/posts", 400, at=wrong, **given)
        assert [error["name"] for error in problem["errors"]] == ["at"]
    given |= {"at": clock.wall() + 3600, "headers": {"Idempotency-Key": "undecided-1"}}
    planned = await call(http, "POST", "/feed/posts", 202, **given)
    assert planned["author"] == "undecided"
    assert await call(http, "POST", "/feed/posts", 202, **given) == planned
    for changed in ({"title": "Another"}, {"alt": "A fox."}, {"at": given["at"] + 60}):
        await call(http, "POST", "/feed/posts", 409, **{**given, **changed})
    assert await read(http, "undecided") == []
    path = f"/feed/posts/{planned['id']}"
    await call(http, "GET", path, 404)
    await call(http, "DELETE", path, 204)
    for method in ("GET", "DELETE"):
        await call(http, method, path, 410)
    await call(http, "POST", "/feed/posts", 410, **given)


async def test_a_request_that_is_completed_is_in_every_feed(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, *SIMULATED) as running,
        ClientSession(running.url) as http,
    ):
        await follow(http, "fan", "ann")
        for number in range(3):  # what finds subjects is loaded with the first post
            given = {"prompt": f"a fox, number {number}", "tag": "text", "publish": True}
            id_ = (await call(http, "POST", "/content", 202, user_id="ann", **given))["RequestId"]
            done = await call(http, "GET", f"/content/{id_}", wait=30)
            assert done["status"] == "completed"
            home = await call(http, "GET", "/feed", user_id="fan")
            assert home["posts"][0]["id"] == id_
            async with http.post("/feed", json={"user-id": "ann"}) as own:
                assert (await own.json())[0]["id"] == id_
            assert (await call(http, "GET", f"/feed/posts/{id_}"))["id"] == id_
