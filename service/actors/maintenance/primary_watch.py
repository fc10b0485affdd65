"""Watches which Redis is the primary: connections to another one are given up."""

from __future__ import annotations

import structlog

from service.actors.actor import ClockActor
from service.store.errors import RedisUnavailable
from service.store.redis.primary import Primary

log = structlog.get_logger()

LOOK_SECONDS = 1.0  # between two looks


class PrimaryWatch(ClockActor):
    """Asks the Sentinels now and then.

    A primary that is cut off, or stopped, may keep its connections open, and answer or not: only
    the Sentinels tell that it is the primary no longer.
    """

    name = "primary-watch"

    def __init__(self, primary: Primary) -> None:
        super().__init__(LOOK_SECONDS)
        self._primary = primary
        self._is_blind = False

    async def tick(self) -> None:
        """Look who is the primary; as long as no Sentinel answers, it stays the one it is."""
        try:
            await self._primary.find()
        except RedisUnavailable as failure:
            if not self._is_blind:
                log.warning("no Sentinel answers", reason=str(failure))
            self._is_blind = True
        else:
            self._is_blind = False
