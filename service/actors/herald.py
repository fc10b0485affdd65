"""Herald: news that no message of this process brings, for those who listen."""

from __future__ import annotations

import asyncio
import time

import structlog

from service.actors.actor import Backoff, pause_until
from service.store.bulletin import Bulletin
from service.store.database import DatabaseAway
from service.store.events import Events
from service.store.queue import Queue

log = structlog.get_logger()

TICK = 1.0  # seconds between two looks
SHARED = 0.15  # the same while other processes may bring news
IDLE = 5.0  # seconds after which a herald with nobody to tell shows that it is alive


class Herald:
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
        self._bulletin = bulletin
        self._events = events
        self._queue = queue
        self._tick = TICK if alone else SHARED
        self._stopping = asyncio.Event()
        self.seen = 0.0

    async def run(self) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            pause = self._tick
            try:
                await self._look()
                self.seen = time.monotonic()
                backoff.reset()
            except DatabaseAway as failure:
                pause = backoff.next()
                if backoff.first:
                    log.warning("waiting", actor=self.name, reason=str(failure))
            except Exception:
                log.exception("actor failed", actor=self.name)
                pause = backoff.next()
            await pause_until(self._stopping, pause)
            await self._bulletin.somebody(IDLE)

    async def stop(self) -> None:
        """Send away whoever still listens."""
        self._stopping.set()
        self._bulletin.close()

    async def _look(self) -> None:
        topics = dict(self._bulletin.topics)
        if not topics:
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
