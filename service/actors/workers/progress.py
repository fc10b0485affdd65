"""Telling: what workers are at, for whoever follows it, and the time limit of what lasts.

Most of what they do may take but an instant. Nobody notices that, so it gets no message and no
timer of its own: one timer serves all workers of a pool.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from service.messages import Kind, Message, Said, Started, Wanted

NOTICEABLE = 0.02  # seconds a generation takes before its start is worth a message
PACE = 0.1  # seconds between two messages about one text: as fast as a person sees it grow


class Telling:
    """What one worker is at: one Started and, while a text is written, all of it every PACE."""

    _text = ""
    _told = 0
    _next: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _limit: asyncio.TimerHandle | None = None

    def __init__(
        self, wish: Wanted, tell: Callable[[Message], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.began = time.time()
        self.due = loop.time() + NOTICEABLE
        """When it is to be noticed, as a time of the loop."""
        self._loop = loop
        self._wish = wish
        self._tell = tell

    def notice(self, kind: Kind, worker: str, seconds: float, stop: Callable[[], None]) -> None:
        """It lasts: tell of it from now on, and stop it when it has taken so many seconds."""
        self._limit = self._loop.call_at(self.due - NOTICEABLE + seconds, stop)
        self._tell(Started(self._wish.id, kind, worker, self.began, self._wish.attempt))
        self._now()

    def say(self, piece: str) -> None:
        """Take the next piece of the text."""
        self._text += piece
        if self._timer is None and self._next is not None:
            self._timer = self._loop.call_at(self._next, self._now)

    def end(self) -> None:
        """Tell nothing more: the result says the rest."""
        if self._timer is not None:
            self._timer.cancel()
        if self._limit is not None:
            self._limit.cancel()

    def _now(self) -> None:
        self._timer = None
        self._next = self._loop.time() + PACE
        if len(self._text) > self._told:
            self._told = len(self._text)
            self._tell(Said(self._wish.id, self._wish.attempt, self._text))


class Lookout:
    """Notices what lasts: `notice` is called with the name of the worker who is at it."""

    def __init__(self, notice: Callable[[str, Telling], None]) -> None:
        self._notice = notice
        self._fresh: dict[str, Telling] = {}  # by worker, the oldest first
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def begin(self, worker: str, wish: Wanted, tell: Callable[[Message], None]) -> Telling:
        """A worker begins with this."""
        telling = self._fresh[worker] = Telling(wish, tell, self._loop)
        if self._timer is None:
            self._timer = self._loop.call_at(telling.due, self._look)
        return telling

    def end(self, worker: str, telling: Telling) -> None:
        """The worker is through with it."""
        self._fresh.pop(worker, None)
        telling.end()

    def _look(self) -> None:
        self._timer = None
        for worker, telling in list(self._fresh.items()):
            if telling.due > self._loop.time():
                self._timer = self._loop.call_at(telling.due, self._look)
                break
            del self._fresh[worker]
            self._notice(worker, telling)
