"""Feeds in Redis: complete, exact and separate per user, also with concurrent changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from service.store.database import Database
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.feed_cache import (
    FRESH_SECONDS,
    LARGEST,
    MAX_CACHED_FEED_BYTES,
    CachedFeed,
    FeedCache,
)
from service.store.redis.feeds.feeds import Feeds, bodies_key, index_key
from service.store.sql.feeds.posts import Post, Posts, UnpublishedPost

pytestmark = pytest.mark.over_both_engines

ODD = ["a", "a:posts", "index:a", "posts:a", " ", "a b", "é 🦊", "*", "a\nb", '"', "x" * 5000, "1:"]


@pytest.fixture
def posts(database: Database) -> Posts:
    return Posts(database)


@pytest.fixture
async def feeds(redis: RedisConnection, posts: Posts) -> Feeds:
    return Feeds(redis, posts, max_posts=10)


async def publish(posts: Posts, user: str, *names: str) -> list[Post]:
    return await posts.publish(
        [UnpublishedPost(f"{user}/{name}", user, name, "", None) for name in names]
    )


async def titles(feeds: Feeds, user: str, after_us: int = -1) -> list[str]:
    """The titles in a feed, newest first."""
    return [
        msgspec.json.decode(body)["title"]
        for body in (await feeds.read_posts(user, after_us)).bodies
    ]


async def in_redis(redis: RedisConnection, user: str) -> tuple[int, int]:
    """The number of a user's posts in the index, and of bodies."""
    index, bodies = await redis.call(("ZCARD", index_key(user)), ("HLEN", bodies_key(user)))
    return index, bodies - 1  # the mark


class Slow(Posts):
    """Posts that run a callback between the read and its return."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.before_return: list[Any] = []

    async def newest(self, *arguments: Any, **options: Any) -> list[Post]:
        posts = await super().newest(*arguments, **options)
        if self.before_return:
            await self.before_return.pop()()
        return posts


async def test_redis_keeps_exactly_the_newest_posts(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    assert await titles(feeds, "ann") == []
    published: list[Post] = []
    for number in range(25):
        published += await publish(posts, "ann", f"p{number}")
        await feeds.insert("ann", published[-1:])
    assert await titles(feeds, "ann") == [f"p{number}" for number in range(24, -1, -1)]
    assert await in_redis(redis, "ann") == (10, 10)
    index = await redis.one("ZRANGE", index_key("ann"), 0, -1, "WITHSCORES")
    times = [str(post.created_us).encode() for post in published[15:] for _ in range(2)]
    assert index == times  # each as member and score


async def test_a_restarted_redis_that_lost_posts_is_not_trusted(
    redis_url: str, posts: Posts
) -> None:
    class StartedAgain(RedisConnection):
        other: str | None = None

        @property
        def run(self) -> str | None:
            return self.other or super().run

    redis = StartedAgain(redis_url)
    feeds = Feeds(redis, posts, max_posts=10)
    await publish(posts, "ann", "old")
    for _ in range(2):
        assert await titles(feeds, "ann") == ["old"]
    await publish(posts, "ann", "new")  # the server has lost the insert
    redis.other = "another run"
    assert await titles(feeds, "ann") == ["new", "old"]
    redis.close()


async def test_inserting_an_old_post_late_evicts_no_newer_one(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    published = await publish(posts, "ann", *(f"p{n}" for n in range(11)))
    assert len(await titles(feeds, "ann")) == 11
    await feeds.insert("ann", published[:1])
    assert await titles(feeds, "ann") == [f"p{number}" for number in range(10, -1, -1)]
    assert await in_redis(redis, "ann") == (10, 10)
    oldest = str(published[1].created_us).encode()
    assert await redis.one("ZRANGE", index_key("ann"), 0, 0) == [oldest]


async def test_posts_at_the_after_timestamp_are_not_returned(feeds: Feeds, posts: Posts) -> None:
    published = await publish(posts, "ann", "first", "second", "third")
    assert await titles(feeds, "ann", published[0].created_us) == ["third", "second"]
    assert await titles(feeds, "ann", published[0].created_us - 1) == ["third", "second", "first"]
    assert await titles(feeds, "ann", published[2].created_us) == []


async def test_inserting_a_post_twice_adds_it_once(feeds: Feeds, posts: Posts) -> None:
    published = await publish(posts, "ann", "p")
    for _ in range(2):
        await feeds.insert("ann", published)
        assert await titles(feeds, "ann") == ["p"]


async def test_every_user_has_a_separate_feed(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    for _ in range(2):  # built from SQLite, then grown
        for user in ODD:
            await feeds.insert(user, await publish(posts, user, f"of {user}"))
            assert await titles(feeds, user) == [f"of {user}"]
    assert await redis.one("DBSIZE") == 2 * len(ODD)
    keys = {key(user) for user in ODD for key in (index_key, bodies_key)}
    assert len(keys) == 2 * len(ODD)


async def test_a_user_name_that_cannot_be_encoded_affects_no_other_user(feeds: Feeds) -> None:
    with pytest.raises(UnicodeEncodeError):
        await feeds.read_posts("\ud800", -1)
    assert await titles(feeds, "ann") == []  # other users are not affected


async def test_a_post_published_during_a_build_is_in_the_feed(
    redis: RedisConnection, database: Database
) -> None:
    posts = Slow(database)
    feeds = Feeds(redis, posts, max_posts=10)
    await publish(posts, "ann", "old")

    async def publish_before_return() -> None:
        await feeds.insert("ann", await publish(posts, "ann", "new"))

    posts.before_return = [publish_before_return]
    assert await titles(feeds, "ann") == ["new", "old"]


async def test_a_flush_during_a_build_hides_no_post(
    redis: RedisConnection, database: Database
) -> None:
    posts = Slow(database)
    feeds = Feeds(redis, posts, max_posts=10)
    await publish(posts, "ann", "old")

    async def publish_and_flush() -> None:
        await feeds.insert("ann", await publish(posts, "ann", "new"))
        await redis.one("FLUSHALL")

    posts.before_return = [publish_and_flush]
    assert await titles(feeds, "ann") == ["new", "old"]  # from SQLite
    assert await titles(feeds, "ann") == ["new", "old"]
    assert await in_redis(redis, "ann") == (2, 2)


async def test_simultaneous_readers_can_build_the_same_feed(feeds: Feeds, posts: Posts) -> None:
    await publish(posts, "ann", "a", "b")
    found = await asyncio.gather(*(titles(feeds, "ann") for _ in range(20)))
    assert found == [["b", "a"]] * 20


async def test_the_next_reader_finishes_an_interrupted_build(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    await publish(posts, "ann", "p")
    await redis.one("HSET", bodies_key("ann"), "", "building by a dead process")
    assert await titles(feeds, "ann") == ["p"]
    assert await in_redis(redis, "ann") == (1, 1)


@pytest.mark.parametrize("key", [index_key, bodies_key])
async def test_half_a_feed_is_rebuilt(
    feeds: Feeds, posts: Posts, redis: RedisConnection, key: Callable[[str], str]
) -> None:
    await publish(posts, "ann", "a", "b")
    assert await titles(feeds, "ann") == ["b", "a"]
    await redis.one("DEL", key("ann"))
    assert await titles(feeds, "ann") == ["b", "a"]
    assert await in_redis(redis, "ann") == (2, 2)


async def test_a_feed_that_an_older_version_stored_is_rebuilt(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    [post] = await publish(posts, "ann", "p")
    mark = f"whole 10 {await redis.server()} 0123456789abcdef 1"
    await redis.one("ZADD", index_key("ann"), post.created_us, post.id)
    await redis.one("HSET", bodies_key("ann"), "", mark, post.id, b"{}")
    assert await titles(feeds, "ann") == ["p"]
    await feeds.insert("ann", [post])
    assert await in_redis(redis, "ann") == (1, 1)


async def test_a_feed_follows_a_changed_limit(redis: RedisConnection, posts: Posts) -> None:
    await publish(posts, "ann", *(f"p{n}" for n in range(8)))
    for limit in (3, 8, 5):
        assert len(await titles(Feeds(redis, posts, max_posts=limit), "ann")) == 8
        assert await in_redis(redis, "ann") == (limit, limit)


async def test_an_unread_feed_expires_in_redis(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    await publish(posts, "ann", "p")
    await feeds.read_posts("ann", -1)
    assert await redis.one("TTL", bodies_key("ann")) > 29 * 24 * 3600


async def test_the_largest_feed_is_read_whole(redis: RedisConnection, posts: Posts) -> None:
    feeds = Feeds(redis, posts, max_posts=5000, max_answer=5000)
    await publish(posts, "ann", *(f"p{n}" for n in range(5001)))
    found = await titles(feeds, "ann")
    assert (len(found), found[0], found[-1]) == (5000, "p5000", "p1")


async def test_a_foreign_value_in_the_feeds_key_hides_no_post(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    await publish(posts, "ann", "p")
    await redis.one("SET", bodies_key("ann"), "something else")
    assert await titles(feeds, "ann") == ["p"]


async def test_posts_are_later_than_all_before_them(
    posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Post] = []
    for now in (10**15, 10**15, 10**15 - 5_000_000, 10**15 + 7):
        monkeypatch.setattr("service.clock.wall", lambda now=now: now / 10**6)
        published += await publish(
            posts, "ann", f"{now} a {len(published)}", f"{now} b {len(published)}"
        )
    times = [post.created_us for post in published]
    assert times == sorted(set(times))
    assert times[0] == 10**15


async def test_an_insert_adds_posts_that_another_process_published_before(
    feeds: Feeds, posts: Posts
) -> None:
    assert await titles(feeds, "ann") == []
    await publish(posts, "ann", "of another process")  # which has not inserted it yet
    await feeds.insert("ann", await publish(posts, "ann", "new"))
    assert await titles(feeds, "ann") == ["new", "of another process"]


async def test_an_insert_brings_no_post_back_that_was_deleted_in_between(
    redis: RedisConnection, database: Database
) -> None:
    posts = Slow(database)
    feeds, other = (Feeds(redis, posts, max_posts=10) for _ in range(2))
    await publish(posts, "ann", "old")
    assert await titles(feeds, "ann") == ["old"]
    [new] = await publish(posts, "ann", "new")

    async def delete_and_build() -> None:
        await posts.delete(new.id)
        await other.forget(["ann"])
        assert await titles(other, "ann") == ["old"]

    posts.before_return = [delete_and_build]
    await feeds.insert("ann", [new])
    assert await titles(feeds, "ann") == ["old"]


async def test_an_insert_into_a_broken_feed_ends(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    await redis.one("HSET", bodies_key("ann"), "", "building by a dead process")
    await feeds.insert("ann", await publish(posts, "ann", "p"))
    assert await titles(feeds, "ann") == ["p"]


async def test_a_cached_feed_shows_posts_inserted_by_another_process(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    other = Feeds(redis, posts, max_posts=10)
    for number in range(3):
        await other.insert("ann", await publish(posts, "ann", f"p{number}"))
        for _ in range(2):
            assert await titles(feeds, "ann") == [f"p{n}" for n in range(number, -1, -1)]


async def test_a_cached_feed_is_not_mistaken_for_a_rebuilt_one(
    posts: Posts, redis: RedisConnection
) -> None:
    """It was deleted and rebuilt with the same length and number of changes."""
    feeds, other = (Feeds(redis, posts, max_posts=1) for _ in range(2))
    await publish(posts, "ann", "0")
    assert await titles(feeds, "ann") == ["0"]
    await feeds.insert("ann", await publish(posts, "ann", "a"))
    assert await titles(feeds, "ann") == ["a", "0"]
    await redis.one("DEL", index_key("ann"), bodies_key("ann"))
    assert await titles(other, "ann") == ["a", "0"]
    await other.insert("ann", await publish(posts, "ann", "b"))
    assert await titles(feeds, "ann") == ["b", "a", "0"]


async def test_a_cached_feed_does_not_limit_a_read_from_an_earlier_time(
    feeds: Feeds, posts: Posts
) -> None:
    published = await publish(posts, "ann", "a", "b", "c")
    for after in (published[1], published[0], published[2], published[1]):
        expected = [
            post.title for post in reversed(published) if post.created_us > after.created_us
        ]
        assert await titles(feeds, "ann", after.created_us) == expected
    assert await titles(feeds, "ann") == ["c", "b", "a"]


def test_the_feed_cache_is_bounded() -> None:
    body = b"x" * 1000
    most = MAX_CACHED_FEED_BYTES // len(body)
    seen = FeedCache()
    for number in range(most + 2):
        seen.put(str(number), CachedFeed("whole", b"", (), -1, [1], [body], time.monotonic()))
        assert seen.get("0", -1)  # read again and again
    assert seen.get("1", -1) is None
    assert seen.get("2", -1) is None
    assert seen.get(str(most + 1), -1)
    seen.put("0", CachedFeed("whole", b"", (), -1, [1], [b"x" * (LARGEST + 1)], time.monotonic()))
    assert seen.get("0", -1) is None
    seen.put(
        "1", CachedFeed("whole", b"", (), -1, [1], [body], time.monotonic() - FRESH_SECONDS - 1)
    )
    assert seen.get("1", -1) is None


def test_empty_feeds_count_in_the_size_of_the_cache() -> None:
    seen = FeedCache()
    for number in range(MAX_CACHED_FEED_BYTES // 1000):
        seen.put(str(number), CachedFeed("whole", b"whole", (), -1, [], [], time.monotonic()))
    assert seen.get("0", -1) is None


async def test_a_cached_feed_shows_posts_inserted_by_an_older_version(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    """Older versions count no changes, and a full feed keeps its length."""
    await publish(posts, "ann", *(f"p{number}" for number in range(10)))
    assert (await titles(feeds, "ann"))[0] == "p9"
    mark = await redis.one("HGET", bodies_key("ann"), "")
    await feeds.insert("ann", await publish(posts, "ann", "p10"))
    await redis.one("HSET", bodies_key("ann"), "", mark)
    assert (await titles(feeds, "ann"))[0] == "p10"


async def test_processes_with_different_limits_hide_no_post_from_each_other(
    redis: RedisConnection, posts: Posts
) -> None:
    few, many = (Feeds(redis, posts, max_posts=limit) for limit in (3, 10))
    await publish(posts, "ann", *(f"p{number}" for number in range(8)))
    assert len(await titles(many, "ann")) == 8
    await few.insert("ann", await publish(posts, "ann", "p8"))
    assert len(await titles(many, "ann")) == 9
    assert len(await titles(few, "ann")) == 9


async def pages(feeds: Feeds, user: str, after_us: int = -1) -> list[list[str]]:
    """The titles in a feed, page by page."""
    found, before = [], None
    while True:
        page = await feeds.read_posts(user, after_us, before)
        found.append([msgspec.json.decode(body)["title"] for body in page.bodies])
        if page.more is None:
            return found
        before = page.more


@pytest.mark.parametrize("away", [False, True])
@pytest.mark.parametrize("kept", [1, 3, 8, 9])
async def test_no_post_after_a_timestamp_is_missing_with_any_limits(
    redis: RedisConnection, posts: Posts, kept: int, *, away: bool
) -> None:
    published = await publish(posts, "ann", *(f"p{n}" for n in range(9)))
    await publish(posts, "bob", "of bob")
    if away:
        redis.close()
    for most in (1, 2, 3, 8, 9, 10):
        feeds = Feeds(redis, posts, max_posts=kept, max_answer=most)
        for _ in range(2):  # built, then cached
            for seen in range(-1, 9):
                after = published[seen].created_us if seen >= 0 else -1
                expected = [f"p{n}" for n in range(8, seen, -1)]
                found = await pages(feeds, "ann", after)
                assert [title for page in found for title in page] == expected
                assert len(found) == max(1, -(-len(expected) // most))


async def test_pages_neither_repeat_nor_skip_while_posts_arrive(
    redis: RedisConnection, posts: Posts
) -> None:
    feeds = Feeds(redis, posts, max_posts=4, max_answer=3)
    await publish(posts, "ann", *(f"p{n}" for n in range(8)))
    found: list[str] = []
    before = None
    for number in range(3):
        page = await feeds.read_posts("ann", -1, before)
        found += [msgspec.json.decode(body)["title"] for body in page.bodies]
        before = page.more
        await feeds.insert("ann", await publish(posts, "ann", f"new {number}"))
    assert before is None
    assert found == [f"p{n}" for n in range(7, -1, -1)]


async def test_nothing_is_stored_for_users_without_posts(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    await publish(posts, "ann", "p")
    for number in range(300):
        assert await titles(feeds, f"made up {number}") == []
    assert await redis.one("DBSIZE") == 0
    assert feeds._seen._sizes == {}  # noqa: SLF001 - nothing else shows it
    await feeds.insert("made up 1", await publish(posts, "made up 1", "first"))
    assert await titles(feeds, "made up 1") == ["first"]


async def test_a_build_interrupts_no_other_build_and_replaces_no_whole_feed(
    redis: RedisConnection, database: Database
) -> None:
    """Otherwise constant reads could keep a feed from ever being complete."""
    posts, first_may_go = Slow(database), asyncio.Event()
    feeds, others = (Feeds(redis, posts, max_posts=10) for _ in range(2))
    await publish(posts, "ann", "a", "b")
    builds: list[str] = []

    async def mark() -> str:
        found: bytes = await redis.one("HGET", bodies_key("ann"), "")
        return found.decode().rpartition(" ")[0]

    async def second_comes() -> None:
        builds.append(await mark())
        posts.before_return = [first_continues]
        second.append(asyncio.create_task(titles(others, "ann")))
        await first_may_go.wait()

    async def first_continues() -> None:
        builds.append(await mark())  # the second one has begun its build, and read the posts
        first_may_go.set()
        assert await first == ["b", "a"]
        builds.append(await mark())

    second: list[asyncio.Task[list[str]]] = []
    posts.before_return = [second_comes]
    first = asyncio.create_task(titles(feeds, "ann"))
    assert await first == ["b", "a"]
    assert await second[0] == ["b", "a"]
    assert builds[0] == builds[1]
    assert builds[0].startswith("building ")
    assert builds[2].startswith("outbox ")
    assert await mark() == builds[2]
    await feeds._rebuild("ann")  # noqa: SLF001 - a build that began before the feed was whole
    assert await mark() == builds[2]


async def test_a_forgotten_feed_is_built_from_the_database(
    feeds: Feeds, posts: Posts, redis: RedisConnection
) -> None:
    for user in ("ann", "bob"):
        await publish(posts, user, "first")
        assert await titles(feeds, user) == ["first"]
    await redis.one("HSET", bodies_key("ann"), "left", "over")
    await feeds.forget([])
    await feeds.forget(["ann"])
    assert await redis.call(("EXISTS", index_key("ann")), ("EXISTS", bodies_key("ann"))) == [0, 0]
    assert await in_redis(redis, "bob") == (1, 1)
    assert await titles(feeds, "ann") == ["first"]
