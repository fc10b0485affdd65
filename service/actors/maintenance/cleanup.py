"""Cleanup: expires requests past their deadline, indexes finished ones and removes old ones."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from service.actors.actor import ClockActor
from service.actors.workers.failures.cut_off import CutOffAttempts
from service.config import Config
from service.store.sql.feeds.interactions import BATCH_VIEWS
from service.store.sql.feeds.served_posts import BATCH_ROWS
from service.store.sql.requests import request_search
from service.store.sql.requests.request_cancellation import EndedRequests
from service.store.sql.retention import BATCH_REQUESTS
from service.store.stores import Stores

log = structlog.get_logger()

DEAD_SECONDS = 5.0  # between two looks for attempts that dead processes had in hand
TICK_SECONDS = 0.5  # between two checks of the deadlines
UNDECIDED_SECONDS = 3.0  # between two looks at pictures that were in hand when their request went
INDEXING_SECONDS = 0.02  # of a tick, for the search, while the database has little to write
BUSY_ROWS = 20  # written since the last tick: then requests come before the search
IDLE_INDEX_SECONDS = 3.0  # between two looks that found nothing, over a shared database
MAX_BUSY_SECONDS = 60.0  # after which the search gets one batch a tick until all is indexed


class Cleanup(ClockActor):
    """Expires, indexes and purges requests, and recounts a queue that other processes share."""

    name = "timekeeper"

    def __init__(
        self,
        stores: Stores,
        ended: Callable[[EndedRequests], None],
        config: Callable[[], Config],
        cut_off: CutOffAttempts,
        leads: Callable[[], bool],
    ) -> None:
        """`leads` says whether this process does this work for all of them."""
        super().__init__(TICK_SECONDS)
        self._is_due = stores.is_due
        self._cancellation = stores.cancellation
        self._retention = stores.retention
        self._words = stores.database.words
        self._clock = stores.clock
        self._interactions = stores.interactions
        self._served_posts = stores.served_posts
        self._usage = stores.usage
        self._shared = not stores.alone
        self._looks_seldom = stores.shared_look is not None
        self._ended = ended
        self._config = config
        self._cut_off = cut_off
        self._leads = leads
        self._database = stores.database
        self._rows_written = 0
        self._indexed_at = time.monotonic()
        self._index_at = 0.0  # time.monotonic() of the next look, where other processes write
        self._counted_at = time.monotonic()
        self._purged_at = self._swept_at = self._decided_at = time.monotonic()

    async def tick(self) -> None:
        if self._leads():
            await self._keep_house()
        if self._shared and time.monotonic() - self._counted_at > DEAD_SECONDS:
            await self._cut_off.count_of_dead()
            self._counted_at = time.monotonic()
        if self._leads():
            await self._index()  # last: the search must not stop anything else

    async def _keep_house(self) -> None:
        """Expire what is overdue, and remove what is old."""
        if await self._is_due("deadlines"):
            await self._expire()
        await self._purge()
        await self._sweep()
        if time.monotonic() - self._decided_at > UNDECIDED_SECONDS:
            await self._retention.remove_undecided()
            self._decided_at = time.monotonic()

    async def _expire(self) -> None:
        expired = await self._cancellation.expire()
        if expired.ids:
            self._ended(expired)
            for id_ in expired.ids:
                log.info("expired", request=id_)

    async def _index(self) -> None:
        """Put finished requests into the index of the search, as far as there is time."""
        began = time.monotonic()
        if self._looks_seldom and began < self._index_at:
            return
        busy, more = self._database.rows - self._rows_written > BUSY_ROWS, False
        if not busy or began - self._indexed_at > MAX_BUSY_SECONDS:
            end = began if busy else began + INDEXING_SECONDS
            whole = request_search.BATCH_REQUESTS
            while more := await self._words.index() == whole:
                if time.monotonic() >= end:
                    break
            if not (busy and more):
                self._indexed_at = time.monotonic()
        self._rows_written = self._database.rows
        self._index_at = time.monotonic() + (TICK_SECONDS if busy or more else IDLE_INDEX_SECONDS)

    async def _purge(self) -> None:
        """Remove one batch of old requests, small enough that other writes do not wait long."""
        retention = self._config().retention
        if time.monotonic() - self._purged_at < retention.interval:
            return
        removed = 0
        if retention.results and self._clock.can_tell_age(retention.results):
            removed = await self._retention.purge(retention.results)
        if removed:
            log.info("removed finished requests", count=removed)
        views = await self._interactions.expire_views()
        served = await self._served_posts.expire()
        await self._interactions.expire_new_authors()
        await self._interactions.sweep()
        await self._usage.expire()
        if removed < BATCH_REQUESTS and views < BATCH_VIEWS and served < BATCH_ROWS:
            self._purged_at = time.monotonic()

    async def _sweep(self) -> None:
        """Remove pictures of one shard that nothing names, whatever else there is to remove."""
        if time.monotonic() - self._swept_at < self._config().retention.interval:
            return
        await self._retention.sweep()
        self._swept_at = time.monotonic()
