"""Authors who lost followers return to the fan-out, and no feed skips or repeats a post."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from service.actors.feeds import fanout_return
from service.actors.feeds.fanout_return import FanoutReturn
from service.request_ids import new_id
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.stored_feeds import home_key
from service.store.sql.feeds import fanouts
from service.store.sql.feeds.fanouts import Fanouts
from service.store.sql.feeds.posts import LATEST, Post, UnpublishedPost
from service.store.sql.feeds.visible_posts import HomeFeedPosts
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import HANGS_SECONDS, eventually

LIMIT = 4
FANS = [f"fan {number}" for number in range(LIMIT + 1)]


@pytest.fixture
async def mill(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pipeline]:
    monkeypatch.setattr(fanout_return, "TICK_SECONDS", 10 * HANGS_SECONDS)  # `look` ticks
    monkeypatch.setattr(fanout_return, "SLICE_FOLLOWERS", 1)
    monkeypatch.setattr(fanouts, "LINGER_SECONDS", 0.0)
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), f"feed.fanout_limit={LIMIT}"
    ) as mill:
        yield mill


async def look(mill: Pipeline) -> None:
    await FanoutReturn(mill.services.stores, lambda: LIMIT).tick()


async def read(mill: Pipeline, user: str) -> list[str]:
    page = await mill.services.stores.home_feeds.read(user, (-1, LATEST), 100, inactive=1000)
    return [post.title for post in page.posts]


async def follow(mill: Pipeline, author: str, *fans: str) -> None:
    for fan in fans:
        await mill.services.stores.home_feeds.follow(fan, author, 100)
        await read(mill, fan)  # then it is stored


async def unfollow(mill: Pipeline, author: str, *fans: str) -> None:
    for fan in fans:
        await mill.services.stores.home_feeds.unfollow(fan, author)


async def publish(mill: Pipeline, author: str, title: str) -> Post:
    """Publish a post, and wait until its fan-out is over."""
    draft = UnpublishedPost(new_id(), author, title, "Words.", None)
    [post] = await mill.services.stores.publisher.publish([draft])

    async def is_over() -> bool:
        return not await mill.services.stores.fanouts.under_way()

    await eventually(is_over, "its fan-out is over")
    return post


async def merged_authors(mill: Pipeline) -> set[str]:
    return {author for (author,) in await mill.database.all("SELECT author FROM pulled_authors")}


async def lose_followers(mill: Pipeline) -> None:
    """Ann has one post that is in no stored feed, and half as many followers as the limit."""
    await follow(mill, "ann", *FANS)
    await publish(mill, "ann", "first")
    assert await merged_authors(mill) == {"ann"}
    await unfollow(mill, "ann", *FANS[2:])
    await follow(mill, "bob", "someone")
    await publish(mill, "bob", "removes what is left of finished fan-outs")
    assert await mill.database.all("SELECT 1 FROM fanouts WHERE author = 'ann'") == []


async def test_an_author_with_half_the_followers_returns_to_the_fan_out(
    mill: Pipeline, redis: RedisConnection
) -> None:
    await lose_followers(mill)
    await look(mill)
    assert await merged_authors(mill) == set()
    assert [await read(mill, fan) for fan in FANS[:2]] == [["first"]] * 2
    second = await publish(mill, "ann", "second")
    for fan in FANS[:2]:
        assert await redis.one("ZSCORE", home_key(fan), str(second.created_us)) is not None
        assert await read(mill, fan) == ["second", "first"]


async def test_with_more_than_half_an_author_stays_merged(mill: Pipeline) -> None:
    await lose_followers(mill)
    await follow(mill, "ann", FANS[2])
    await look(mill)
    assert await merged_authors(mill) == {"ann"}


@pytest.mark.parametrize("step", ["outdate", "return_author"])
async def test_a_return_that_a_kill_cuts_off_begins_again(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async def killed(*_: object) -> None:
        raise ConnectionAbortedError

    await lose_followers(mill)
    with monkeypatch.context() as patch:
        patch.setattr(Fanouts, step, killed)
        with pytest.raises(ConnectionAbortedError):
            await look(mill)
    await publish(mill, "ann", "second")
    assert [await read(mill, fan) for fan in FANS[:2]] == [["second", "first"]] * 2
    await look(mill)
    assert await merged_authors(mill) == set()
    assert [await read(mill, fan) for fan in FANS[:2]] == [["second", "first"]] * 2


async def test_a_post_left_out_during_a_return_is_in_every_feed(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author has many followers again for a moment, in which a post is not fanned out."""
    return_author = Fanouts.return_author

    async def at_a_bad_moment(self: Fanouts, author: str, newest_us: int) -> None:
        assert [await read(mill, fan) for fan in FANS[:2]] == [["first"]] * 2
        await follow(mill, "ann", *FANS[2:])
        await publish(mill, "ann", "second")
        await unfollow(mill, "ann", *FANS[2:])
        await return_author(self, author, newest_us)

    await lose_followers(mill)
    with monkeypatch.context() as patch:
        patch.setattr(Fanouts, "return_author", at_a_bad_moment)
        await look(mill)
    await publish(mill, "ann", "third")
    assert [await read(mill, fan) for fan in FANS[:2]] == [["third", "second", "first"]] * 2
    await look(mill)
    assert await merged_authors(mill) == set()
    assert [await read(mill, fan) for fan in FANS[:2]] == [["third", "second", "first"]] * 2


async def test_a_page_that_is_read_during_a_return_is_whole(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    merged: Callable[..., Awaitable[list[Post]]] = HomeFeedPosts.merged

    async def after_the_return(self: HomeFeedPosts, *given: object, **client: str) -> list[Post]:
        await look(mill)
        return await merged(self, *given, **client)

    await lose_followers(mill)
    monkeypatch.setattr(HomeFeedPosts, "merged", after_the_return)
    assert await read(mill, FANS[0]) == ["first"]


@pytest.mark.parametrize("seed", range(2))
async def test_any_interleaving_with_returns_answers_as_a_simple_model(
    mill: Pipeline, seed: int
) -> None:
    draw = random.Random(seed)
    authors = ["ann", "bob"]
    follows: set[tuple[str, str]] = set()
    posts: list[tuple[str, str]] = []
    returns = 0
    for step in range(80):
        fan, author = draw.choice(FANS), draw.choice(authors)
        match draw.choice(("post", "post", "follow", "unfollow", "all follow", "leave", "return")):
            case "post":
                await publish(mill, author, f"post {step}")
                posts.append((author, f"post {step}"))
            case "follow":
                await mill.services.stores.home_feeds.follow(fan, author, 100)
                follows.add((fan, author))
            case "unfollow":
                await unfollow(mill, author, fan)
                follows.discard((fan, author))
            case "all follow":
                await follow(mill, author, *FANS)
                follows |= {(fan, author) for fan in FANS}
            case "leave":
                await unfollow(mill, author, *FANS[2:])
                follows -= {(fan, author) for fan in FANS[2:]}
            case _:
                before = await merged_authors(mill)
                await look(mill)
                returns += len(before - await merged_authors(mill))
        reader = draw.choice(FANS)
        seen = [title for by, title in reversed(posts) if (reader, by) in follows]
        assert await read(mill, reader) == seen
    assert returns > 0
