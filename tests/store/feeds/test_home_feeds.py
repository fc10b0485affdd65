"""Home feeds in Redis and SQLite: whole at every read, rebuilt once, bounded."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from typing import Any

import pytest

from service.store.database import Database
from service.store.errors import ReadRejected
from service.store.home_feeds import MAX_BUILDS, HomeFeeds, HomePage
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds import stored_feeds
from service.store.redis.feeds.stored_feeds import StoredHomeFeeds, home_key
from service.store.sql.feeds import visible_posts
from service.store.sql.feeds.fanouts import Fanouts
from service.store.sql.feeds.feed_events import FeedEvents
from service.store.sql.feeds.follows import Follows
from service.store.sql.feeds.mutes import Mutes
from service.store.sql.feeds.posts import LATEST, Post, Posts, UnpublishedPost
from service.store.sql.feeds.scheduled_posts import ScheduledPosts
from service.store.sql.feeds.visible_posts import HomeFeedPosts
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.over_both_engines

INACTIVE = 1000.0


class Slow(HomeFeedPosts):
    """Posts whose reads for a rebuild wait for a gate."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_work = 0

    async def of_followed(self, user: str, limit: int, *, client: str) -> list[int]:
        found = await super().of_followed(user, limit, client=client)
        self.at_work += 1
        await self.gate.wait()
        return found


@pytest.fixture
def posts(database: Database) -> Posts:
    return Posts(database)


@pytest.fixture
def follows(database: Database) -> Follows:
    return Follows(database)


@pytest.fixture
def slow(database: Database) -> Slow:
    return Slow(database)


@pytest.fixture
def stored(redis: RedisConnection) -> StoredHomeFeeds:
    return StoredHomeFeeds(redis, 10)


@pytest.fixture
def feeds(slow: Slow, follows: Follows, stored: StoredHomeFeeds) -> HomeFeeds:
    return HomeFeeds(slow, follows, stored)


async def publish(posts: Posts, author: str, *names: str) -> list[Post]:
    return await posts.publish(
        [UnpublishedPost(f"{author}/{name}", author, name, "", None) for name in names]
    )


async def read(feeds: HomeFeeds, user: str, limit: int = 100) -> HomePage:
    return await feeds.read(user, (-1, LATEST), limit, inactive=INACTIVE)


async def titles(feeds: HomeFeeds, user: str, limit: int = 100) -> list[str]:
    return [post.title for post in (await read(feeds, user, limit)).posts]


async def test_the_newest_posts_of_any_authors_are_found(posts: Posts, follows: Follows) -> None:
    draw = random.Random(1)
    shares = {"busy": 30, "calm": 3, "rare": 1, "silent": 0}
    authors = [*shares, *(f"many {n}" for n in range(30)), "stranger"]
    weights = [shares.get(author, 1) for author in authors]
    written: list[Post] = []
    for number in range(300):
        [author] = draw.choices(authors, weights)
        written += await publish(posts, author, str(number))
    home = HomeFeedPosts(follows._database)  # noqa: SLF001 - the same one
    for count in (0, 1, 3, 34):
        user = f"fan of {count}"
        followed = authors[:count]
        for author in followed:
            await follows.follow(user, author, 100)
        await publish(posts, user, "own")
        mine = [p for p in reversed(written) if p.author in followed]
        for limit in (1, 2, 7, 20, 50, 400):
            times = await home.of_followed(user, limit, client="")
            assert times == [post.created_us for post in mine[:limit]]
            for before in (LATEST, written[200].created_us):
                found = await home.newest(user, written[50].created_us, before, limit, client="")
                expected = [
                    post.id for post in mine if written[50].created_us < post.created_us < before
                ]
                if before == LATEST:
                    expected.insert(0, f"{user}/own")
                assert [post.id for post in found] == expected[:limit]


@pytest.mark.parametrize("limit", [1, 3, 25, 100])
async def test_many_posts_about_muted_subjects_take_few_queries(
    database: Database, posts: Posts, follows: Follows, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = [
        UnpublishedPost(f"p{n}", "ann", "", "", None, ["dog" if n % 70 == 5 else "cat"])
        for n in range(3000)
    ]
    await posts.publish(drafts)
    await follows.follow("bob", "ann", 10)
    await Mutes(database).mute("bob", "subject", "cat", 10)
    queries, read_all = 0, database.short.all

    async def counted(sql: str, *parameters: Any, client: str = "") -> Any:
        nonlocal queries
        queries += 1
        return await read_all(sql, *parameters, client=client)

    monkeypatch.setattr(database.short, "all", counted)
    monkeypatch.setattr(visible_posts, "CLIENT_READ_SECONDS", 3600.0)  # the machine may be busy
    home = HomeFeedPosts(database)
    shown = [f"p{n}" for n in range(2999, -1, -1) if n % 70 == 5]
    found = await home.newest("bob", -1, LATEST, limit, client="")
    assert [post.id for post in found] == shown[:limit]
    assert queries <= 14
    await Mutes(database).mute("bob", "subject", "dog", 10)
    queries = 0
    assert await home.newest("bob", -1, LATEST, limit, client="") == []
    assert queries <= 14
    monkeypatch.setattr(visible_posts, "CLIENT_READ_SECONDS", -1.0)
    with pytest.raises(ReadRejected):
        await home.newest("bob", -1, LATEST, limit, client="")
    monkeypatch.setattr(visible_posts, "CLIENT_READ_SECONDS", 3600.0)
    for subject in ("cat", "dog"):
        await Mutes(database).unmute("bob", "subject", subject)
    assert len(await home.newest("bob", -1, LATEST, limit, client="")) == limit  # in one look


async def test_a_feed_is_rebuilt_once_and_then_stored(feeds: HomeFeeds, posts: Posts) -> None:
    await publish(posts, "ann", "a", "b")
    assert (await read(feeds, "bob")).state == "database"  # bob never followed an author
    await feeds.follow("bob", "ann", 10)
    states = [(await read(feeds, "bob")).state for _ in range(3)]
    assert states == ["rebuilt", "stored", "stored"]
    assert feeds.rebuilds == 1
    assert feeds.reads == {"database": 1, "rebuilt": 1, "stored": 2}
    assert await titles(feeds, "bob") == ["b", "a"]


async def test_others_read_from_sqlite_while_a_feed_is_rebuilt(
    feeds: HomeFeeds, posts: Posts, slow: Slow
) -> None:
    await publish(posts, "ann", "p")
    users = [f"user {n}" for n in range(MAX_BUILDS + 2)]
    for user in users:
        await feeds.follow(user, "ann", 10)
    slow.gate.clear()
    reads = [asyncio.create_task(read(feeds, user)) for user in users for _ in range(3)]
    done, building = await asyncio.wait(reads, timeout=60, return_when="FIRST_COMPLETED")
    while len(building) > MAX_BUILDS:
        more, building = await asyncio.wait(building, return_when="FIRST_COMPLETED")
        done |= more
    await wait_until(lambda: slow.at_work == MAX_BUILDS, "the rebuilds have read the posts")
    assert {task.result().state for task in done} == {"database"}
    slow.gate.set()
    pages = await asyncio.gather(*reads)
    assert Counter(page.state for page in pages) == {
        "rebuilt": MAX_BUILDS,
        "database": 2 * MAX_BUILDS + 6,
    }
    assert {post.title for page in pages for post in page.posts} == {"p"}
    assert all(page.posts for page in pages)


async def test_a_post_and_a_follow_during_a_rebuild_are_in_the_feed(
    feeds: HomeFeeds, posts: Posts, slow: Slow, stored: StoredHomeFeeds
) -> None:
    await publish(posts, "ann", "old")
    await publish(posts, "cleo", "of cleo")
    await feeds.follow("bob", "ann", 10)
    slow.gate.clear()
    reading = asyncio.create_task(read(feeds, "bob"))
    await wait_until(lambda: slow.at_work, "the rebuild has read the posts")
    [new] = await publish(posts, "ann", "new")
    await stored.deliver([(new.created_us, ["bob"])])
    await feeds.follow("bob", "cleo", 10)
    slow.gate.set()
    assert (await reading).state == "rebuilt"
    assert await titles(feeds, "bob") == ["new", "of cleo", "old"]
    assert feeds.reads["rebuilt"] == 1


async def test_a_follow_that_did_not_reach_redis_is_in_the_next_page(
    feeds: HomeFeeds, posts: Posts, follows: Follows
) -> None:
    for author in ("ann", "cleo"):
        await publish(posts, author, f"of {author}")
    await feeds.follow("bob", "ann", 10)
    assert await titles(feeds, "bob") == ["of ann"]
    await follows.follow("bob", "cleo", 10)  # the process is killed before it changes the feed
    page = await read(feeds, "bob")
    assert page.state == "rebuilt"
    assert [post.title for post in page.posts] == ["of cleo", "of ann"]


async def test_follows_change_the_stored_feed_as_a_rebuild_would(
    feeds: HomeFeeds, posts: Posts, redis: RedisConnection
) -> None:
    for number in range(24):
        await publish(posts, ("ann", "cleo")[number % 2], f"p{number}")
    await feeds.follow("bob", "ann", 10)
    await read(feeds, "bob")

    async def entries(times: int) -> list[Any]:
        found: list[Any] = await redis.one("ZRANGE", home_key("bob"), times, -1)
        return found

    await feeds.follow("bob", "cleo", 10)
    changed = await entries(1)
    assert (await read(feeds, "bob", 5)).state == "stored"
    await redis.one("DEL", home_key("bob"))
    assert (await read(feeds, "bob", 5)).state == "rebuilt"
    assert await entries(1) == changed
    assert len(changed) == 10
    await feeds.unfollow("bob", "cleo")
    assert (await read(feeds, "bob", 5)).state == "stored"
    assert len(await entries(1)) == 5  # the rest of ann's posts comes from SQLite
    assert await titles(feeds, "bob") == [f"p{number}" for number in range(22, -1, -2)]


async def test_simultaneous_follows_of_a_user_are_all_in_the_feed(
    feeds: HomeFeeds, posts: Posts
) -> None:
    authors = [f"author {n}" for n in range(12)]
    for author in authors[:10]:
        await publish(posts, author, author)
    await feeds.follow("bob", "author 10", 100)
    await read(feeds, "bob")
    outcomes = await asyncio.gather(*(feeds.follow("bob", author, 11) for author in authors))
    assert outcomes.count(True) == 11
    followed = {author for author, outcome in zip(authors, outcomes, strict=True) if outcome}
    assert set(await titles(feeds, "bob")) == followed & set(authors[:10])


async def test_only_feeds_that_exist_get_posts_and_each_keeps_the_newest(
    feeds: HomeFeeds, posts: Posts, stored: StoredHomeFeeds, redis: RedisConnection
) -> None:
    await feeds.follow("bob", "ann", 10)
    await read(feeds, "bob")
    written = await publish(posts, "ann", *(f"p{n}" for n in range(15)))
    for post in [*written, written[3], written[14]]:
        assert await stored.deliver([(post.created_us, ["bob", "absent"])]) == 1
    times = [str(post.created_us).encode() for post in written[5:]]
    assert await redis.one("ZRANGE", home_key("bob"), 1, -1) == times
    assert await redis.one("EXISTS", home_key("absent")) == 0
    assert (await read(feeds, "bob", 5)).state == "stored"
    assert 900 < await redis.one("TTL", home_key("bob")) <= INACTIVE


async def test_a_feed_lives_while_it_is_read(
    feeds: HomeFeeds, posts: Posts, redis: RedisConnection
) -> None:
    await publish(posts, "ann", "p")
    await feeds.follow("bob", "ann", 10)
    await read(feeds, "bob")
    for left, renewed in ((0.95, False), (0.5, True), (2.0, True)):
        await redis.one("PEXPIRE", home_key("bob"), int(INACTIVE * 1000 * left))
        assert (await read(feeds, "bob")).state == "stored"
        seconds = await redis.one("TTL", home_key("bob"))
        assert (seconds > 0.97 * INACTIVE) == renewed
        assert seconds <= INACTIVE
    await redis.one("PEXPIRE", home_key("bob"), 1)

    async def is_gone() -> bool:
        return not await redis.one("EXISTS", home_key("bob"))

    await eventually(is_gone, "the feed is dropped")
    assert (await read(feeds, "bob")).state == "rebuilt"


async def test_several_posts_come_to_different_feeds_in_parts(
    feeds: HomeFeeds, posts: Posts, stored: StoredHomeFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = [f"fan {number}" for number in range(5)]
    for user in users:
        await feeds.follow(user, "ann", 10)
        await read(feeds, user)
    first, second, third = await publish(posts, "ann", "first", "second", "third")
    monkeypatch.setattr(stored_feeds, "BATCH_FEEDS", 3)
    of_posts = [(first.created_us, users[:2]), (second.created_us, []), (third.created_us, users)]
    assert await stored.deliver(of_posts) == 7
    for number, user in enumerate(users):
        page = await stored.read(user, -1, LATEST, 10, INACTIVE)
        wanted = [third, first] if number < 2 else [third]
        assert page is not None
        assert list(page.times) == [post.created_us for post in wanted]


async def test_a_feed_that_gets_a_post_takes_two_commands(
    feeds: HomeFeeds, posts: Posts, stored: StoredHomeFeeds, redis: RedisConnection
) -> None:
    users = [f"fan {number}" for number in range(50)]
    for user in users:
        await feeds.follow(user, "ann", 10)
        await read(feeds, user)
    [post] = await publish(posts, "ann", "a post")
    before = await calls(redis)
    await stored.deliver([(post.created_us, users)])
    after = await calls(redis)
    assert sum((after - before).values()) < 2.2 * len(users)


async def calls(redis: RedisConnection) -> Counter[str]:
    """How often Redis has run each command."""
    info = bytes(await redis.one("INFO", "commandstats")).decode()
    return Counter({n: int(c) for n, c in re.findall(r"cmdstat_(\S+?):calls=(\d+)", info)})


async def test_feeds_of_another_bound_or_type_are_replaced(
    feeds: HomeFeeds, follows: Follows, posts: Posts, slow: Slow, redis: RedisConnection
) -> None:
    other = HomeFeeds(slow, follows, StoredHomeFeeds(redis, 3))
    written = await publish(posts, "ann", *(f"p{n}" for n in range(6)))
    await feeds.follow("bob", "ann", 10)
    for either in (feeds, other, feeds):
        assert (await read(either, "bob", 3)).state == "rebuilt"
        assert (await read(either, "bob", 3)).state == "stored"
    await other.stored.deliver([(written[0].created_us, ["bob"])])
    await redis.one("SET", home_key("cleo"), "something else")
    await feeds.stored.deliver([(written[0].created_us, ["bob", "cleo"])])
    assert await redis.one("EXISTS", home_key("bob")) == 0


async def test_posts_under_way_are_in_the_feed(
    feeds: HomeFeeds, posts: Posts, database: Database
) -> None:
    fanouts = Fanouts(database)
    await feeds.follow("bob", "ann", 10)
    await read(feeds, "bob")
    [post] = await publish(posts, "ann", "new")
    [first] = await fanouts.slices([post])
    assert (first.id, first.created_us, first.author) == (post.id, post.created_us, "ann")
    assert await fanouts.under_way() == [first]
    page = await read(feeds, "bob")
    assert (page.state, [found.title for found in page.posts]) == ("stored", ["new"])
    await posts.delete(post.id)
    assert await fanouts.under_way() == []
    assert await titles(feeds, "bob") == []
    assert await fanouts.slices(await publish(posts, "nobody follows", "p")) == []


async def test_a_post_that_is_cancelled_while_it_is_published_is_removed_from_open_feeds(
    posts: Posts, database: Database
) -> None:
    scheduled = ScheduledPosts(database)
    draft = UnpublishedPost("planned", "ann", "Planned", "", None)
    await scheduled.schedule(draft, 0, 1)
    [post] = await posts.publish(await scheduled.due())
    await scheduled.cancel("planned")  # before the scheduler has removed it
    await posts.delete("planned")
    events, _ = await FeedEvents(database).missed("ann", post.created_us, LATEST, LATEST)
    assert [(event.name, event.about) for event in events] == [("removed", "planned")]
