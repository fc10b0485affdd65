"""Subscriptions to feeds: hands events to the users whose feeds are open, each encoded once."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from service.subscriptions.signals import MAX_WOKEN_PER_TURN, Signal

MOST_EVENTS = 1000  # of all users that are kept for clients who have not read them yet
MOST_EVENTS_BYTES = 2**23
MOST_EVENTS_OF_USER = 1000

Encoded = tuple[int, bytes]
"""The microsecond of an event, and the event as it is sent."""


class FeedTopic(Signal):
    """The feed of one user, open in at least one client."""

    def __init__(self, subscriptions: FeedSubscriptions) -> None:
        super().__init__()
        self._subscriptions = subscriptions
        self._base_us = subscriptions.head_us
        self._events: deque[int] = deque()

    @property
    def base_us(self) -> int:
        """Events after this microsecond are here; earlier ones are in the database."""
        return max(self._base_us, self._subscriptions.dropped_us)

    def add(self, us: int) -> None:
        """Add an event that is newer than all others."""
        self._events.append(us)
        if len(self._events) > MOST_EVENTS_OF_USER:
            self._base_us = self._events.popleft()

    def skip(self, until_us: int) -> None:
        """Leave the events up to this microsecond to the database."""
        self._base_us = until_us
        self._events.clear()

    def after(self, after_us: int) -> list[Encoded]:
        """The events after this microsecond, which is not before `base_us`."""
        events = list(self._events)
        return [
            (us, self._subscriptions.event(us))
            for us in events[bisect.bisect_right(events, after_us) :]
        ]


class FeedSubscriptions:
    """The open feeds of this process, and their latest events."""

    def __init__(self, head: Callable[[], Awaitable[int]]) -> None:
        """`head` reads the newest microsecond of the line of feeds."""
        self._read_head = head
        self._topics: dict[str, FeedTopic] = {}
        self._events: dict[int, bytes] = {}  # the oldest first
        self._bytes = 0
        self.head_us = 0
        """Events up to this microsecond are handed out."""
        self.dropped_us = 0
        """The latest event that is not kept any more."""
        self.closed = False
        self._subscribed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def subscribe(self, user: str) -> AsyncIterator[FeedTopic]:
        """The topic of a user, for as long as the context lasts. Raises DatabaseUnavailable."""
        if not self._topics:
            head_us = await self._read_head()
            if not self._topics:  # else another one was faster
                self._begin(head_us)
        topic = self._topics.get(user) or self._topics.setdefault(user, FeedTopic(self))
        topic.subscribers += 1
        self._subscribed.set()
        try:
            yield topic
        finally:
            topic.subscribers -= 1
            if not topic.subscribers:
                del self._topics[user]
            if not self._topics and not self.closed:
                self._subscribed.clear()

    @property
    def users(self) -> Mapping[str, FeedTopic]:
        """The users with open feeds, and their topics."""
        return self._topics

    def event(self, us: int) -> bytes:
        """The event of a microsecond that is after `dropped_us`."""
        return self._events[us]

    def hand_out(
        self,
        users: Mapping[str, FeedTopic],
        events: Sequence[Encoded],
        readers: Sequence[tuple[int, str]],
        until_us: int,
    ) -> None:
        """Hand out the events up to a microsecond, which were read for these users.

        `readers` has the users of each event. Users who came while they were read find them in the
        database.
        """
        if until_us <= self.head_us:
            return
        self._keep(events)
        for user, topic in self._topics.items():
            if users.get(user) is not topic:
                topic.skip(until_us)
        self.head_us = until_us
        woken: dict[FeedTopic, None] = {}
        for us, user in readers:
            topic_ = self._topics.get(user)
            if topic_ is not None and us in self._events and us > topic_.base_us:
                topic_.add(us)
                woken[topic_] = None
        _wake(list(woken))

    def go_back(self, head_us: int) -> None:
        """The line ends here: what was later is stamped again, with earlier times."""
        self._begin(head_us)
        for topic in self._topics.values():
            topic.skip(head_us)
        _wake(list(self._topics.values()))

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

    def _begin(self, head_us: int) -> None:
        self.head_us = self.dropped_us = head_us
        self._events.clear()
        self._bytes = 0

    def _keep(self, events: Sequence[Encoded]) -> None:
        for us, event in events:
            self._events[us] = event
            self._bytes += len(event)
        while len(self._events) > MOST_EVENTS or self._bytes > MOST_EVENTS_BYTES:
            self.dropped_us = next(iter(self._events))
            self._bytes -= len(self._events.pop(self.dropped_us))


def _wake(topics: list[FeedTopic]) -> None:
    """Wake the clients of these topics, a slice in each turn of the event loop."""
    for topic in topics[:MAX_WOKEN_PER_TURN]:
        topic.notify()
    if len(topics) > MAX_WOKEN_PER_TURN:
        asyncio.get_running_loop().call_soon(_wake, topics[MAX_WOKEN_PER_TURN:])
