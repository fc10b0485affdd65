"""Fan-out return: authors who lost many followers are fanned out again instead of merged."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog

from service.actors.actor import ClockActor
from service.store.stores import Stores

log = structlog.get_logger()

TICK_SECONDS = 5.0
SLICE_FOLLOWERS = 400  # in one commit: other writes do not wait long


class FanoutReturn(ClockActor):
    """Ends the merging of authors who have half as many followers as `[feed] fanout_limit` or less.

    Their posts are missing in stored feeds. So first all feeds of followers become outdated, which
    makes the next read rebuild them, and only then does merging end. A process that is killed in
    between leaves an author who is still merged.
    """

    name = "fanout-return"

    def __init__(self, stores: Stores, limit: Callable[[], int]) -> None:
        super().__init__(TICK_SECONDS)
        self._fanouts = stores.fanouts
        self._limit = limit

    async def tick(self) -> None:
        # half: an author near the limit is not merged and fanned out in turns
        for author in await self._fanouts.merged_authors(self._limit() // 2):
            newest_us = await self._fanouts.newest(author)
            after = ""
            while followers := await self._fanouts.followers(author, after, SLICE_FOLLOWERS):
                await self._fanouts.outdate(followers)
                after = followers[-1]
                self.seen = time.monotonic()
            await self._fanouts.return_author(author, newest_us)
            log.info("fanned out again", author=author)
