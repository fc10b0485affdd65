"""Pause watch: keeps the pauses of pools known in a process without workers."""

from __future__ import annotations

from collections.abc import Mapping

from service.actors.actor import ClockActor
from service.actors.workers.pool import Pool

TICK_SECONDS = 0.4


class PauseWatch(ClockActor):
    """Reads which pools are paused, as pools at work do for themselves."""

    name = "pauses"

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        super().__init__(TICK_SECONDS)
        self._pools = pools

    async def tick(self) -> None:
        for pool in self._pools.values():
            await pool.check_pause()
