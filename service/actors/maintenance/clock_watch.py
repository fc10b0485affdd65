"""Clock watch: logs steps of the wall clock, and adopts one only when it has lasted."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import structlog

from service import clock
from service.actors.actor import ClockActor
from service.store.errors import RedisUnavailable
from service.store.sql.clock import NOTICEABLE_SECONDS
from service.store.stores import Stores

log = structlog.get_logger()

TICK_SECONDS = 1.0
SETTLED_SECONDS = 30.0  # that the wall clock must keep its new time before it is adopted
# A killed process may not have brought its last changes to Redis: at a start, the outboxes of
# authors who published (so many posts) or deleted within this time are dropped.
RECENT_SECONDS = 86_400.0
RECENT_POSTS = 10_000


class ClockWatch(ClockActor):
    """Compares the wall clock with the service's clock, which follows the monotonic one."""

    name = "clock"

    def __init__(self, stores: Stores, leads: Callable[[], bool] = lambda: True) -> None:
        """`leads` says whether this process corrects the times of posts, for all of them."""
        super().__init__(TICK_SECONDS)
        self._is_due = stores.is_due
        self._store = stores.clock
        self._posts = stores.posts
        self._feeds = stores.feeds
        self._shared = not stores.alone
        self._looks_seldom = stores.shared_look is not None
        self._leads = leads
        self._step = 0.0
        self._since = 0.0  # time.monotonic() when the step was noticed
        self._first = True

    async def tick(self) -> None:
        if self._shared:
            await self._store.refresh()
        clock.keep_up()
        step = clock.step()
        if abs(step - self._step) >= NOTICEABLE_SECONDS:
            self._step, self._since = step, time.monotonic()
            if abs(step) >= NOTICEABLE_SECONDS:
                log.warning("wall clock was set, service clock runs on", seconds=round(step, 3))
            else:
                self._step = 0.0
                log.info("wall clock is right again")
        elif self._step and self._is_settled():
            if await self._store.show_wall_clock():
                log.info("new wall clock time adopted", seconds=round(step, 3))
            self._since = time.monotonic()
        if self._leads() and (self._first or await self._is_due("stamps")):
            await self._correct()
        elif self._looks_seldom:
            self._posts.is_restamped = await self._is_due("restamped")

    def _is_settled(self) -> bool:
        settled = time.monotonic() - self._since >= SETTLED_SECONDS
        return settled or not clock.plausible(clock.wall())

    async def _correct(self) -> None:
        """Correct the times of posts from the future, in SQLite and then in Redis."""
        stale: list[str] = []
        if self._first:  # a killed process may not have corrected the feeds
            stale += await self._posts.corrected()
            recently = clock.wall() - RECENT_SECONDS
            stale += await self._posts.changed_since(recently, RECENT_POSTS)
            self._first = False
        authors = await self._posts.correct()
        if authors:
            log.warning("posts were stamped ahead of the clock, corrected", authors=len(authors))
        with contextlib.suppress(RedisUnavailable):  # then the next tick does it
            await self._feeds.forget([*stale, *authors])
