"""Event poller: polls queue positions and other processes' changes for subscribers."""

from __future__ import annotations

import time

from service.actors.actor import ClockActor
from service.queueing.positions import Positions
from service.store.sql.events import Events
from service.subscriptions.requests import Subscriptions

POLL_SECONDS = 1.0  # between two polls; other processes tell of changes at once
HEARTBEAT_SECONDS = 5.0  # between two heartbeats while there are no subscribers


class EventPoller(ClockActor):
    """Notifies subscribers of new queue positions and of other processes' changes."""

    name = "herald"

    def __init__(
        self,
        subscriptions: Subscriptions,
        events: Events,
        positions: Positions,
    ) -> None:
        super().__init__(POLL_SECONDS)
        self._subscriptions = subscriptions
        self._events = events
        self._positions = positions

    async def stop(self) -> None:
        """End all open subscriptions."""
        await super().stop()
        self._subscriptions.close()

    async def tick(self) -> None:
        topics = dict(self._subscriptions.topics)
        if not topics:
            self.seen = time.monotonic()
            await self._subscriptions.wait_for_subscriber(HEARTBEAT_SECONDS)
            return
        waiting = []
        for id_, (status, seq, priority) in (await self._events.news(list(topics))).items():
            log_ = await topics[id_].read()
            if log_ is None:
                continue
            stored = log_.events[-1].seq if log_.events else None
            if log_.record.status != status or (not log_.final and stored != seq):
                topics[id_].notify()
            elif status == "queued":
                waiting.append(log_.record.waiting)
                if log_.record.request.priority != priority:  # changed by another process
                    topics[id_].notify()
        for request, place in zip(
            waiting, await self._positions.positions_of(waiting), strict=True
        ):
            topics[request.id].set_position(place)
