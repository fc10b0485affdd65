"""Ranked lists in Redis: a few for each user, for half an hour."""

from __future__ import annotations

import pytest

from service.ranking.reasons import Reason
from service.store.redis.connection import RedisConnection
from service.store.redis.feeds.ranked_lists import KEPT_SECONDS, MOST_LISTS, RankedLists, RankedPost

pytestmark = pytest.mark.asyncio


def posts(number: int) -> list[RankedPost]:
    return [RankedPost(number, "new", 0.5, Reason("author", "ann"))]


async def test_the_newest_lists_of_a_user_are_kept(redis: RedisConnection) -> None:
    lists = RankedLists(redis)
    await lists.save("other", "a0", posts(100))
    for number in range(10):
        await lists.save("reader", f"a{number}", posts(number))
    kept = {n: found for n in range(10) if (found := await lists.load("reader", f"a{n}"))}
    assert kept == {n: posts(n) for n in range(10 - MOST_LISTS, 10)}
    assert await lists.load("other", "a0") == posts(100)
    assert await lists.load("nobody", "a0") is None
    keys = await redis.one("KEYS", "*")
    assert len(keys) == 2
    for key in keys:
        assert 0 < await redis.one("TTL", key) <= KEPT_SECONDS
