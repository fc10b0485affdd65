"""Completed requests of this process whose posts are not in feeds yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

MOST_SECONDS = 5.0
"""How long a read waits for a post: the first one of a process takes a second."""


class PendingPosts:
    """Reads of feeds wait for these: a client that sees a request completed finds its post.

    In other processes, and after a kill, the post comes some milliseconds after the completion.
    """

    def __init__(self) -> None:
        self._since: dict[str, float] = {}  # time.monotonic() by id, the oldest first
        self._published = asyncio.Event()

    def add(self, ids: Iterable[str]) -> None:
        """These requests are completed."""
        self._forget_old()
        now = time.monotonic()
        for id_ in ids:
            self._since[id_] = now

    def remove(self, ids: Iterable[str]) -> None:
        """Their posts are in feeds, or there are none."""
        for id_ in ids:
            self._since.pop(id_, None)
        self._published.set()
        self._published = asyncio.Event()

    async def published(self) -> None:
        """Wait until the posts of all requests that are completed now are published."""
        self._forget_old()
        waiting = set(self._since)
        while waiting := waiting & self._since.keys():
            left = min(self._since[id_] for id_ in waiting) + MOST_SECONDS - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    await self._published.wait()
            except TimeoutError:
                self._forget_old()

    def _forget_old(self) -> None:
        """Another process publishes these, or Redis is away."""
        before = time.monotonic() - MOST_SECONDS
        while self._since and (oldest := next(iter(self._since.items())))[1] <= before:
            del self._since[oldest[0]]
