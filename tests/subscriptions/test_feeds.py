"""Open feeds get each event once; what is not kept for them is in the database."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from service import subscriptions
from service.subscriptions.feeds import FeedSubscriptions


def at(us: int) -> Callable[[], Awaitable[int]]:
    """Reads this as the newest microsecond of the line."""

    async def head() -> int:
        return us

    return head


async def test_events_are_kept_for_the_users_that_they_are_for() -> None:
    feeds = FeedSubscriptions(at(10))
    async with feeds.subscribe("ann") as ann, feeds.subscribe("bob") as bob:
        assert (ann.base_us, ann.after(10)) == (10, [])
        version = bob.version
        feeds.hand_out(
            dict(feeds.users), [(11, b"a"), (12, b"b")], [(11, "ann"), (12, "ann"), (12, "eve")], 12
        )
        assert ann.after(10) == [(11, b"a"), (12, b"b")]
        assert ann.after(11) == [(12, b"b")]
        assert (bob.after(10), bob.version) == ([], version)


async def test_a_user_who_comes_while_events_are_read_finds_them_in_the_database() -> None:
    feeds = FeedSubscriptions(at(10))
    async with feeds.subscribe("ann") as ann:
        users = dict(feeds.users)
        async with feeds.subscribe("bob") as bob:
            feeds.hand_out(users, [(11, b"a")], [(11, "ann")], 11)
            assert (bob.base_us, ann.base_us) == (11, 10)
        async with feeds.subscribe("cleo") as cleo:
            assert cleo.base_us == 11


async def test_the_latest_events_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions.feeds, "MOST_EVENTS", 3)
    feeds = FeedSubscriptions(at(0))
    async with feeds.subscribe("ann") as ann:
        for us in range(1, 6):
            feeds.hand_out(dict(feeds.users), [(us, b"%d" % us)], [(us, "ann")], us)
        assert ann.base_us == 2
        assert ann.after(2) == [(3, b"3"), (4, b"4"), (5, b"5")]
        monkeypatch.setattr(subscriptions.feeds, "MOST_EVENTS_BYTES", 1)
        feeds.hand_out(dict(feeds.users), [(6, b"much")], [(6, "ann")], 6)
        assert (ann.base_us, ann.after(6)) == (6, [])


async def test_a_line_that_ends_earlier_is_read_from_there() -> None:
    feeds = FeedSubscriptions(at(10))
    async with feeds.subscribe("ann") as ann:
        feeds.hand_out(dict(feeds.users), [(20, b"far ahead")], [(20, "ann")], 20)
        feeds.go_back(12)
        assert (ann.base_us, ann.after(12)) == (12, [])
        feeds.hand_out(dict(feeds.users), [(13, b"a")], [(13, "ann")], 13)
        assert ann.after(12) == [(13, b"a")]


async def test_without_open_feeds_nothing_is_kept() -> None:
    heads = iter([10, 50])

    async def head() -> int:
        return next(heads)

    feeds = FeedSubscriptions(head)
    async with feeds.subscribe("ann"):
        feeds.hand_out(dict(feeds.users), [(11, b"a")], [(11, "ann")], 11)
    async with feeds.subscribe("ann") as ann:
        feeds.hand_out({}, [(12, b"late")], [(12, "ann")], 12)  # a read that began before
        assert (ann.base_us, ann.after(50)) == (50, [])


async def test_many_clients_are_woken_a_slice_in_each_turn_of_the_loop() -> None:
    feeds = FeedSubscriptions(at(0))
    names = [f"user {number}" for number in range(250)]
    async with contextlib.AsyncExitStack() as stack:
        topics = [await stack.enter_async_context(feeds.subscribe(name)) for name in names]
        feeds.hand_out(dict(feeds.users), [(1, b"a")], [(1, name) for name in names], 1)
        turns = []
        while sum(topic.version for topic in topics) < len(names):
            turns.append(sum(topic.version for topic in topics))
            await asyncio.sleep(0)
        assert turns == [100, 200]
