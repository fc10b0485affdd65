"""Completed requests of this process whose posts are not in feeds yet."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable

MOST_SECONDS = 2.0
"""How long a read waits until publishing begins: Redis may be away."""
MOST_SHARED_SECONDS = 0.25
"""The same where other processes may publish: this one does not learn of it."""
MOST_PUBLISHING_SECONDS = 10.0
"""How long a read waits at all: a disk or a database may hang."""


class PendingPosts:
    """Reads of feeds wait for these: a client that sees a request completed finds its post.

    In other processes, and after a kill, the post comes some milliseconds after the completion.
    """

    def __init__(self, *, alone: bool = True) -> None:
        """`alone`: no other process publishes."""
        self._most_seconds = MOST_SECONDS if alone else MOST_SHARED_SECONDS
        self._since: dict[str, float] = {}  # time.monotonic() by id, the oldest first
        self._begun: set[str] = set()
        self._published = asyncio.Event()

    def add(self, ids: Iterable[str]) -> None:
        """These requests are completed."""
        self._forget_old()
        now = time.monotonic()
        for id_ in ids:
            self._since[id_] = now

    def begin(self, ids: Iterable[str]) -> None:
        """Their posts are being published; `remove` follows. The first takes a second."""
        self._begun.update(self._since.keys() & ids)

    def remove(self, ids: Iterable[str]) -> None:
        """Their posts are in feeds, or there are none."""
        for id_ in ids:
            self._since.pop(id_, None)
            self._begun.discard(id_)
        self._published.set()
        self._published = asyncio.Event()

    async def published(self) -> None:
        """Wait until the posts of all requests that are completed now are published.

        For MOST_PUBLISHING_SECONDS at most.
        """
        self._forget_old()
        if not self._since:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MOST_PUBLISHING_SECONDS):
                await self._all_published()

    async def _all_published(self) -> None:
        waiting = set(self._since)
        while waiting := waiting & self._since.keys():
            idle = waiting - self._begun
            until = min((self._since[id_] for id_ in idle), default=None)
            left = None if until is None else until + self._most_seconds - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    await self._published.wait()
            except TimeoutError:
                self._forget_old()

    def _forget_old(self) -> None:
        if not self._since:
            return
        before = time.monotonic() - self._most_seconds
        old = {id_ for id_, at in self._since.items() if at <= before}
        for id_ in old - self._begun:
            del self._since[id_]
