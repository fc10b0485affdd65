"""Herald: news that no message of this process brings, for those who listen."""

from __future__ import annotations

import time

from service.actors.actor import ClockActor
from service.queueing.positions import Queue
from service.store.sql.events import Events
from service.subscriptions import Bulletin

TICK = 1.0  # seconds between two looks
SHARED = 0.15  # the same while other processes may bring news
IDLE = 5.0  # seconds after which a herald with nobody to tell shows that it is alive


class Herald(ClockActor):
    """Tells places in the queue, and what other processes have done."""

    name = "herald"

    def __init__(
        self,
        bulletin: Bulletin,
        events: Events,
        queue: Queue,
        *,
        alone: bool,
    ) -> None:
        super().__init__(TICK if alone else SHARED)
        self._bulletin = bulletin
        self._events = events
        self._queue = queue

    async def stop(self) -> None:
        """Send away whoever still listens."""
        await super().stop()
        self._bulletin.close()

    async def look(self) -> None:
        topics = dict(self._bulletin.topics)
        if not topics:
            self.seen = time.monotonic()
            await self._bulletin.somebody(IDLE)
            return
        waiting = []
        for id_, (status, seq) in (await self._events.news(list(topics))).items():
            log_ = topics[id_].log()
            if log_ is None:
                continue
            stored = log_.events[-1].seq if log_.events else None
            if log_.record.status != status or (not log_.final and stored != seq):
                topics[id_].stir()
            elif status == "queued":
                waiting.append(log_.record.request)
        for request, place in zip(waiting, await self._queue.places(waiting), strict=True):
            topics[request.id].place(place)
