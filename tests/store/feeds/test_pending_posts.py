"""Reads of feeds wait for posts that are about to be published, and never for long."""

from __future__ import annotations

import asyncio

import pytest

from service.store import pending_posts as module
from service.store.pending_posts import PendingPosts
from tests.support.waiting import HANGS_SECONDS


async def test_a_read_waits_until_a_post_is_published() -> None:
    pending = PendingPosts()
    pending.add(["request"])
    reading = asyncio.create_task(pending.published())
    pending.begin(["request"])
    await asyncio.sleep(0)
    pending.add(["later"])
    assert not reading.done()
    pending.remove(["request"])
    await reading


async def test_a_post_that_is_never_published_holds_up_no_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_PUBLISHING_SECONDS", 0.05)
    pending = PendingPosts()
    pending.add(["request"])
    pending.begin(["request"])
    async with asyncio.timeout(HANGS_SECONDS / 6):
        await pending.published()


async def test_what_other_processes_may_publish_is_waited_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", HANGS_SECONDS)
    pending = PendingPosts(alone=False)
    pending.add(["request"])
    async with asyncio.timeout(HANGS_SECONDS / 6):
        await pending.published()
