"""Concurrency limits of webhook attempts per host, user and client, shared out in turns.

A lane holds the URLs on one host that wait for one user of one client (an API key, or an address
without keys). Clients take turns, and so do the lanes of a client. Hosts that did not answer last
time share a quarter of the room, hosts that were never tried three quarters, and each of these
hosts gets only a few attempts at once until it answers. So hosts that answer find room even while
others hang.
"""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple, TypeVar

MAX_CONCURRENT_URLS = 256  # URLs with an attempt running at the same time
MAX_URLS_PER_CLIENT = 128  # of these, for one API key, or for one address without keys
MAX_URLS_PER_USER = 64  # of these, for one user, where users are named
MAX_URLS_PER_HOST = 32
MAX_URLS_PER_SILENT_HOST = 4  # until it answers: a few are enough to find a host that hangs
STANDING_SHARES = (1.0, 0.75, 0.25)  # of all limits, for hosts of the three standings below
ANSWERS, UNTRIED, SILENT = range(3)
MAX_KNOWN_HOSTS = 10_000
MAX_KNOWN_CLIENTS = 10_000
MAX_LANES_IN_A_ROW = 64  # checked without a pause; each takes about 15 µs of the event loop

SEPARATOR = "\x1f"
PAST = "\x20"  # the character after the separator
END = "\U0010ffff"  # the last character of all

Value = TypeVar("Value", int, str)


class Lane(NamedTuple):
    """A lane as the store spells it: client, user and host, with separators between."""

    client: str
    user: str
    host: str

    @classmethod
    def of(cls, text: str) -> Lane:
        """Parse the store's spelling."""
        return cls(*text.split(SEPARATOR, 2))

    def __str__(self) -> str:
        return SEPARATOR.join(self)


class Slot(NamedTuple):
    """Room for one attempt: its lane, and how the host of the lane answered last time."""

    lane: Lane
    standing: int


class Room:
    """The running attempts, and the free slots, which lanes take in turns.

    `next_lane(after, before)` returns the first lane between two spellings in which a URL waits.
    """

    def __init__(self, next_lane: Callable[[str, str], Awaitable[str | None]]) -> None:
        self._next_lane = next_lane
        self._held: Counter[tuple[str, int]] = Counter()
        self._standing: OrderedDict[str, int] = OrderedDict()  # of hosts, the latest at the end
        self._turns: OrderedDict[str, str] = OrderedDict()  # by client, its lane served last
        self._client = ""  # served last

    async def turns(self) -> AsyncIterator[Lane | None]:
        """One round over all clients: the next lane with room of each client that has one.

        Yields None after every MAX_LANES_IN_A_ROW lanes: the caller then yields to the event loop.
        """
        start = after = self._client + PAST
        around = False
        while not self._is_full(("", MAX_CONCURRENT_URLS), ANSWERS):
            text = await self._next_lane(after, END)
            if text is not None and not (around and text >= start):
                self._client = Lane.of(text).client
                after = self._client + PAST
                async for lane in self._turn_of(self._client):
                    yield lane
            elif around:
                return
            else:
                after, around = "", True

    def take_slot(self, lane: Lane) -> Slot | None:
        """Take a slot for one attempt in this lane; None if there is none."""
        standing = self._standing.get(lane.host, UNTRIED)
        if self._past(lane) is not None:
            return None
        for name, _ in _limits(lane):
            for share in range(standing + 1):
                self._held[name, share] += 1
        return Slot(lane, standing)

    def free_slot(self, slot: Slot, *, answered: bool | None = None) -> None:
        """Free the slot of an attempt; `answered` is None if the host was not contacted."""
        lane, standing = slot
        for name, _ in _limits(lane):
            for share in range(standing + 1):
                self._held[name, share] -= 1
                if not self._held[name, share]:
                    del self._held[name, share]
        if answered is not None:
            _remember(self._standing, lane.host, ANSWERS if answered else SILENT, MAX_KNOWN_HOSTS)

    async def _turn_of(self, client: str) -> AsyncIterator[Lane | None]:
        """The next lane of a client with room, if there is one."""
        first, last = client + SEPARATOR, client + PAST
        start = after = self._turns.get(client, first)
        around = False
        for count in itertools.count(1):
            text = await self._next_lane(after, last)
            if text is None and not around:
                after, around = first, True
                continue
            if text is None or (around and text > start):
                return
            lane = Lane.of(text)
            past = self._past(lane)
            if past is None:
                _remember(self._turns, client, text, MAX_KNOWN_CLIENTS)
                yield lane
                return
            after = past
            if count % MAX_LANES_IN_A_ROW == 0:
                yield None

    def _past(self, lane: Lane) -> str | None:
        """If this lane has no room: the spelling after which lanes may have some. Else None."""
        standing = self._standing.get(lane.host, UNTRIED)
        every, client, *user, host = _limits(lane)
        if self._is_full(every, ANSWERS) or self._is_full(client, ANSWERS):
            return lane.client + PAST
        if any(self._is_full(limit, ANSWERS) for limit in user):
            return lane.client + SEPARATOR + lane.user + PAST
        limited = (every, client, *user)
        shares = range(1, standing + 1)
        name, most = host
        if standing != ANSWERS:
            most = min(most, MAX_URLS_PER_SILENT_HOST)
        if self._is_full((name, most), ANSWERS) or any(
            self._is_full(limit, share) for limit in limited for share in shares
        ):
            return str(lane)
        return None

    def _is_full(self, limit: tuple[str, int], share: int) -> bool:
        name, most = limit
        return self._held[name, share] >= max(1, int(most * STANDING_SHARES[share]))


def _limits(lane: Lane) -> list[tuple[str, int]]:
    """The counters of a lane with their limits, from the largest to the smallest."""
    limits = [("", MAX_CONCURRENT_URLS), (f"client {lane.client}", MAX_URLS_PER_CLIENT)]
    if lane.user:
        limits.append((f"user {lane.client}{SEPARATOR}{lane.user}", MAX_URLS_PER_USER))
    return [*limits, (f"host {lane.host}", MAX_URLS_PER_HOST)]


def _remember(values: OrderedDict[str, Value], key: str, value: Value, most: int) -> None:
    values[key] = value
    values.move_to_end(key)
    if len(values) > most:
        values.popitem(last=False)
