"""What nodes tell each other over Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from service.actors.events.announcer import FACTS, Announcer, Follow
from service.store.redis.announcements import KEY, Announcements
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Streams
from tests.support.waiting import wait_until


@contextlib.asynccontextmanager
async def node(name: str, streams: Streams, heard: list[Any]) -> AsyncIterator[Announcer]:
    """An announcer at work; what it hears is appended to `heard`."""
    announcer = Announcer(
        Announcements(streams),
        name,
        Follow(
            changed=lambda ids: heard.append(("changed", *ids)),
            ended=lambda ids: heard.append(("ended", *ids)),
            **{fact: (lambda fact=fact: heard.append(fact)) for fact in FACTS},
        ),
    )
    working = asyncio.create_task(announcer.run())
    await wait_until(lambda: announcer.seen, "it listens")
    yield announcer
    await announcer.stop()
    await working


async def test_others_hear_what_one_tells(streams: Streams, redis: RedisConnection) -> None:
    told: list[Any] = []
    heard: list[Any] = []
    async with node("a", streams, told) as one, node("b", streams, heard):
        one.changed(["1", "2"])
        one.changed(["2", "3"])
        one.ended(["4"])
        for fact in FACTS:
            one.tell(fact)
        await wait_until(lambda: len(heard) == 2 + len(FACTS), "all is heard")
        assert heard == [("ended", "4"), ("changed", "1", "2", "3"), *FACTS]
        assert await redis.one("XLEN", KEY) == 1  # all of it in one
        # what others cannot read is passed over; so is what is lost when Redis starts again
        await redis.one("XADD", KEY, "*", "m", "unreadable")
        one.changed(["5"])
        await wait_until(lambda: heard[-1] == ("changed", "5"), "what comes next is heard")
    assert told == []


async def test_what_is_told_at_the_end_is_sent(streams: Streams) -> None:
    heard: list[Any] = []
    async with node("b", streams, heard):
        async with node("a", streams, []) as one:
            one.ended(["1"])
        await wait_until(lambda: heard == [("ended", "1")], "it is heard")
