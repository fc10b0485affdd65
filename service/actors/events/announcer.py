"""Announcer: tells other nodes what has changed here, and follows what they tell."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from service.actors.actor import Backoff, pause_until
from service.store.errors import RedisUnavailable
from service.store.redis.announcements import Announcement, Announcements

log = structlog.get_logger()

Fact = Literal["lost", "pauses", "posts", "acts"]
FACTS: tuple[Fact, ...] = ("lost", "pauses", "posts", "acts")
"""What an announcement says besides requests, as its fields are named."""

GATHER_SECONDS = 0.005  # that what is to be told waits for more


@dataclass(frozen=True, slots=True)
class Follow:
    """What a node does with the announcements of others."""

    changed: Callable[[Iterable[str]], None]
    ended: Callable[[Iterable[str]], None]
    lost: Callable[[], None]
    pauses: Callable[[], None]
    posts: Callable[[], None]
    acts: Callable[[], None]


class Announcer:
    """Sends announcements of this node in batches, and follows those of others."""

    name = "announcer"

    def __init__(self, announcements: Announcements, node: str, follow: Follow) -> None:
        self._announcements = announcements
        self._node = node
        self._follow = follow
        self._changed: dict[str, None] = {}
        self._ended: dict[str, None] = {}
        self._facts: set[Fact] = set()
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self.seen = 0.0

    def changed(self, ids: Iterable[str]) -> None:
        """Tell that these requests have new events."""
        self._changed |= dict.fromkeys(ids)
        self._news.set()

    def ended(self, ids: Iterable[str]) -> None:
        """Tell that nothing goes on for these requests."""
        self._ended |= dict.fromkeys(ids)
        self._news.set()

    def tell(self, fact: Fact) -> None:
        """Tell a fact that concerns no request."""
        self._facts.add(fact)
        self._news.set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_all(), name="announcements out")
            reading = tasks.create_task(self._follow_all(), name="announcements in")
            await self._stopping.wait()
            self._news.set()
            reading.cancel()
        self._announcements.close()

    async def stop(self) -> None:
        self._stopping.set()

    async def _send_all(self) -> None:
        while not (self._stopping.is_set() and not self._has_news()):
            await self._news.wait()
            if not self._stopping.is_set():
                await asyncio.sleep(GATHER_SECONDS)
            self._news.clear()
            facts = dict.fromkeys(self._facts, True)
            told = Announcement(self._node, [*self._changed], [*self._ended], **facts)
            self._changed, self._ended, self._facts = {}, {}, set()
            try:
                await self._announcements.send(told)
            except RedisUnavailable:
                # what has changed others find for themselves; that something got lost they do not
                await pause_until(self._stopping, 1.0)
                if self._stopping.is_set():
                    return
                if told.lost:
                    self.tell("lost")

    def _has_news(self) -> bool:
        return bool(self._changed or self._ended or self._facts)

    async def _follow_all(self) -> None:
        backoff = Backoff()
        begun = False
        while True:
            try:
                if not begun:
                    await self._announcements.begin()
                    begun = True
                self.seen = time.monotonic()
                self._follow_each(await self._announcements.read(self._node))
                backoff.reset()
            except RedisUnavailable as failure:
                pause = backoff.next()
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
                await asyncio.sleep(pause)

    def _follow_each(self, announcements: Sequence[Announcement]) -> None:
        for told in announcements:
            if told.ended:
                self._follow.ended(told.ended)
            if told.changed:
                self._follow.changed(told.changed)
            for fact in FACTS:
                if getattr(told, fact):
                    getattr(self._follow, fact)()
