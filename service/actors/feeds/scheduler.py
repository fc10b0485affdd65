"""Scheduler: publishes posts whose time has come."""

from __future__ import annotations

import time

import structlog

from service.actors.actor import ClockActor
from service.store.stores import Stores

log = structlog.get_logger()

TICK_SECONDS = 1.0  # between two looks for posts that are due


class Scheduler(ClockActor):
    """Publishes scheduled posts; one that a killed process had begun with is published once."""

    name = "scheduler"

    def __init__(self, stores: Stores) -> None:
        super().__init__(TICK_SECONDS)
        self._is_due = stores.is_due
        self._scheduled = stores.scheduled_posts
        self._publisher = stores.publisher

    async def tick(self) -> None:
        if not await self._is_due("scheduled"):
            return
        while drafts := await self._scheduled.due():
            self.seen = time.monotonic()  # there may be many for one minute
            for post in await self._publisher.publish(drafts):
                log.info("published", request=post.id, author=post.author)
            await self._scheduled.remove_published(draft.id for draft in drafts)
