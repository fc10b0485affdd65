"""Subscriptions: clients that wait for the events of a request; one read of its log serves all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from service.store.sql.events import Event, EventLog, Events, queued
from service.store.sql.requests.request_records import Position
from service.subscriptions.live_text import PACE_SECONDS_OF_EACH, LiveText
from service.subscriptions.signals import Signal


class Stand(NamedTuple):
    """How a request waits, apart from its position: what the ids of events cannot express."""

    paused: bool
    """Whether its pool is paused."""
    setbacks: int
    """How often its position has changed without being lower than ever."""
    place: int
    """The number of the event of its position."""


INITIAL = Stand(paused=False, setbacks=0, place=0)
"""Of a request whose position is not known yet."""


class Topic(Signal):
    """A request with subscribers, and its log as of the last `read`."""

    def __init__(self, events: Events, id_: str) -> None:
        super().__init__()
        self.live = LiveText()
        """What a worker of this process is writing."""
        self._events = events
        self._id = id_
        self._log: EventLog | None = None
        self._news = 1  # how often there may have been news
        self._read_news = 0  # of these, how many `_log` has
        self.place: Event | None = None
        """`queued` with the position, if it is known."""
        self._newest = 0  # the number of the event of the lowest position so far
        self.stand = INITIAL

    @property
    def stand_at_first(self) -> Stand:
        """The `told` of a client that has just come: what grew before it came is not repeated."""
        return self.stand._replace(paused=False)

    async def read(self) -> EventLog | None:
        """Read the log up to now; None for an unknown request. Raises DatabaseUnavailable."""
        while self._read_news < self._news:
            news = self._news
            log = await self._events.log(self._id, self._log)
            if news > self._read_news:  # else another reader was faster
                self._log, self._read_news = log, news
        return self._log

    def log(self) -> EventLog | None:
        """The log as of the last `read`."""
        return self._log

    def after(self, seq: int) -> list[Event]:
        """The events of the log after this number; 0 for all of them."""
        log = self._log
        if log is None:
            return []
        events = list(takewhile(lambda event: event.seq > seq, reversed(log.events)))
        if log.record.status == "queued":
            waiting = self.place
        else:  # it was queued before, if only for a moment
            waiting = queued(Position(0, None)) if seq == 0 else None
        if waiting and waiting.seq > seq:
            events.append(waiting)
        return events[::-1]

    def news(self, seq: int, told: Stand) -> list[Event]:
        """The events of the log after this number; `told` is the stand at the last call.

        If there are none, but its pool was paused or resumed since, or others came before it,
        `queued` comes again, with this number.
        """
        events = self.after(seq)
        log, place = self.log(), self.place
        if events or place is None or not _differs(self.stand, told):
            return events
        waits = log is not None and log.record.status == "queued"
        return [Event(seq, place.name, place.data)] if waits else []

    def set_position(self, place: Position) -> None:
        """Update the request's position in the queue, and whether its pool is paused."""
        event = queued(place)
        set_back = event.seq != self.stand.place and event.seq <= self._newest
        stand = Stand(place.paused, self.stand.setbacks + set_back, event.seq)
        if stand != self.stand:
            self.place, self.stand = event, stand
            self._newest = max(self._newest, event.seq)
            super().notify()

    def notify(self) -> None:
        """Wake the subscribers to read the log again: there may be new events."""
        self._news += 1
        super().notify()


def _differs(stand: Stand, told: Stand) -> bool:
    """Whether a client that knows one stand needs the other.

    A position that grew and is back before the client hears of it is no news.
    """
    grew = stand.setbacks != told.setbacks and stand.place != told.place
    return grew or stand.paused != told.paused


class Subscriptions:
    """The topics of this process, by request."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._topics: dict[str, Topic] = {}
        self.announce: Callable[[Iterable[str]], None] | None = None
        """Tells other nodes what has changed here, if there are any."""
        self.closed = False
        self._subscribed = asyncio.Event()

    @contextlib.contextmanager
    def subscribe(self, id_: str) -> Iterator[Topic]:
        """The topic of a request, for as long as the context lasts."""
        topic = self._topics.get(id_) or self._topics.setdefault(id_, Topic(self._events, id_))
        topic.subscribers += 1
        self._subscribed.set()
        try:
            yield topic
        finally:
            topic.subscribers -= 1
            if not topic.subscribers:
                topic.live.close()
                del self._topics[id_]
            if not self._topics and not self.closed:
                self._subscribed.clear()

    @property
    def topics(self) -> dict[str, Topic]:
        """The topics with subscribers, by request id."""
        return self._topics

    def changed(self, ids: Iterable[str]) -> None:
        """Notify the subscribers of these requests, on all nodes: there may be new events."""
        if self.announce is not None:
            ids = list(ids)
            self.announce(ids)
        self.changed_elsewhere(ids)

    def changed_elsewhere(self, ids: Iterable[str]) -> None:
        """Notify the subscribers here."""
        if self._topics:
            for id_ in ids:
                if id_ in self._topics:
                    self._topics[id_].notify()

    def show(self, id_: str, text: str) -> None:
        """Show the text of this request, as far as it is written, to streams that want it live."""
        if topic := self._topics.get(id_):
            topic.live.grow(text, len(self._topics) * PACE_SECONDS_OF_EACH)

    async def wait_for_subscriber(self, seconds: float) -> None:
        """Wait until there is a subscriber, it is closed, or the time is up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._subscribed.wait()

    def close(self) -> None:
        """End all subscriptions."""
        self.closed = True
        self._subscribed.set()
        for topic in list(self._topics.values()):
            topic.notify()
