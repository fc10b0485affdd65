"""Fan-out: every stored feed gets every post, whatever happens to the messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from service.actors import relay
from service.actors.actor import ActorContext, LostSignal
from service.actors.feeds import fanout
from service.http.api.feeds.sample_posts import TEST_USER, FirstVisit
from service.messages import FANOUT, FanoutSlice
from service.request_ids import new_id
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.stored_feeds import home_key
from service.store.redis.streams import add
from service.store.sql.feeds.posts import LATEST, Post, UnpublishedPost
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import HANGS_SECONDS, eventually

FANS = [f"fan {number}" for number in range(7)]


@pytest.fixture
async def mill(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pipeline]:
    monkeypatch.setattr(fanout, "SLICE_FOLLOWERS", 2)
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.1)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1.0)  # on a slow machine a check takes long
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), "feed.fanout_limit=8"
    ) as mill:
        yield mill


async def read(mill: Pipeline, user: str) -> list[str]:
    page = await mill.services.stores.home_feeds.read(user, (-1, LATEST), 100, inactive=1000)
    return [post.title for post in page.posts]


async def follow(mill: Pipeline, author: str, *fans: str) -> None:
    """Follow an author; the feeds are stored then."""
    for fan in fans:
        await mill.services.stores.home_feeds.follow(fan, author, 100)
        await read(mill, fan)


async def publish(mill: Pipeline, author: str, title: str) -> Post:
    draft = UnpublishedPost(new_id(), author, title, "Words.", None)
    [post] = await mill.services.stores.posts.publish([draft])
    return post


async def has_spread(mill: Pipeline, redis: RedisConnection, post: Post, *fans: str) -> None:
    async def is_everywhere() -> bool:
        scores = [("ZSCORE", home_key(fan), str(post.created_us)) for fan in fans]
        return None not in await redis.call(*scores)

    async def is_over() -> bool:
        return not await mill.services.stores.fanouts.under_way()

    await eventually(is_everywhere, "every stored feed has the post")

    async def no_message_is_left() -> bool:
        return bool(await redis.one("XLEN", FANOUT) == 0)

    await eventually(is_over, "its fan-out is over")
    await eventually(no_message_is_left, "its last message is acknowledged")


async def test_a_generated_post_comes_to_all_followers(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await follow(mill, "ann", *FANS)
    id_ = await mill.submit("a fox", user="ann", publish=True)
    await mill.finished(id_)
    await mill.quiet()
    post = await mill.services.stores.posts.get(id_)
    assert post is not None
    await has_spread(mill, redis, post, *FANS)
    for user in ("ann", *FANS):
        assert await read(mill, user) == [post.title]


async def test_a_fan_out_without_a_message_is_sent_again(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await follow(mill, "ann", *FANS)
    post = await publish(mill, "ann", "p")  # the process is killed before it sends the message
    assert [await read(mill, fan) for fan in FANS] == [["p"]] * len(FANS)
    await has_spread(mill, redis, post, *FANS)


async def test_a_post_whose_process_was_killed_is_in_its_authors_feed_after_a_start(
    tmp_path: Path, redis_url: str
) -> None:
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        feeds = mill.services.stores.feeds
        await feeds.insert("ann", [await publish(mill, "ann", "first")])
        assert len((await feeds.read_posts("ann", -1)).bodies) == 1
        await publish(mill, "ann", "second")  # killed before it is in Redis
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        feeds = mill.services.stores.feeds

        async def has_both() -> bool:
            return len((await feeds.read_posts("ann", -1)).bodies) == 2

        await eventually(has_both, "the outbox is read again")


async def test_the_sample_posts_come_to_followers_without_a_check(
    tmp_path: Path, redis_url: str, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 10 * HANGS_SECONDS)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        await follow(mill, TEST_USER, "fan")
        visit = FirstVisit()
        visit.fill(mill.services)
        await visit.filled()
        [newest] = await mill.services.stores.posts.newest(TEST_USER, -1, 1)
        await has_spread(mill, redis, newest, "fan")


async def test_followers_that_were_read_ahead_are_not_those_of_a_later_post(
    tmp_path: Path, redis_url: str, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "SLICE_FOLLOWERS", 2)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 10 * HANGS_SECONDS)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        stores = mill.services.stores
        actor = fanout.Fanout(ActorContext(stores.streams, "n", LostSignal()), stores, lambda: 100)
        await follow(mill, "ann", *FANS)
        first = await publish(mill, "ann", "first")

        async def next_of(slices: list[FanoutSlice]) -> list[FanoutSlice]:
            return [m for m in await actor.handle(slices) if isinstance(m, FanoutSlice)]

        slices = await next_of(await stores.fanouts.slices([first]))
        await stores.fanouts.followers("ann", "", 1)  # reads are in order: the next ones are done
        await follow(mill, "ann", "fan 1b")
        second = await publish(mill, "ann", "second")
        slices = [*slices, *await stores.fanouts.slices([second])]
        while slices:
            slices = await next_of(slices)
        await has_spread(mill, redis, second, *FANS, "fan 1b")


async def test_a_repeated_slice_changes_nothing(mill: Pipeline, redis: RedisConnection) -> None:
    await follow(mill, "ann", *FANS)
    post = await publish(mill, "ann", "p")
    first = FanoutSlice(post.id, post.created_us, "ann")
    await redis.call(add(first), add(first), add(replace(first, after=FANS[2])))
    await has_spread(mill, redis, post, *FANS)
    assert [await read(mill, fan) for fan in FANS] == [["p"]] * len(FANS)
    for fan in FANS:
        assert await redis.one("ZCARD", home_key(fan)) == 2  # the head and the post


async def test_posts_take_turns(mill: Pipeline, redis: RedisConnection) -> None:
    await follow(mill, "big", *FANS)
    await follow(mill, "small", "fan 0")
    stores = mill.services.stores
    drafts = [UnpublishedPost(new_id(), "big", f"b{n}", "", None) for n in range(3)]
    drafts.append(UnpublishedPost(new_id(), "small", "s", "", None))
    written = await stores.posts.publish(drafts)
    await stores.streams.add(await stores.fanouts.slices(written))
    for post in written:
        await has_spread(mill, redis, post, "fan 0")
    rows = await mill.database.all("SELECT author FROM fanouts ORDER BY done_at, author DESC")
    assert rows[0] == ("small",)


async def test_an_author_with_many_followers_is_merged_at_read(
    mill: Pipeline, redis: RedisConnection
) -> None:
    fans = [*FANS, "fan 7", "fan 8"]
    await follow(mill, "ann", *fans)
    post = await publish(mill, "ann", "p")
    await has_spread(mill, redis, post)
    for fan in fans:
        assert await read(mill, fan) == ["p"]
        assert await redis.one("ZCARD", home_key(fan)) == 1  # the head
    for fan in fans[:5]:  # too few now: the post stays in every feed
        await mill.services.stores.home_feeds.unfollow(fan, "ann")
    second = await publish(mill, "ann", "second")
    await has_spread(mill, redis, second, *fans[5:])
    assert [await read(mill, fan) for fan in fans] == [[]] * 5 + [["second", "p"]] * 4


async def test_unfollowing_during_a_fan_out_leaves_nothing(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await follow(mill, "ann", *FANS)
    post = await publish(mill, "ann", "p")
    await mill.services.stores.home_feeds.unfollow("fan 6", "ann")
    assert await read(mill, "fan 6") == []
    await has_spread(mill, redis, post, *FANS[:6])
    assert await read(mill, "fan 6") == []
