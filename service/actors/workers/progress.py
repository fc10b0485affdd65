"""Progress: messages about running generations, and their time limit.

A generation of an instant needs neither a message nor a timer: one timer serves all workers of
a pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from service import clock
from service.messages import Kind, Message, Said, Started, Wanted

NOTICEABLE_SECONDS = 0.02  # seconds a generation takes before its start is worth a message
PACE_SECONDS = 0.1  # seconds between two messages about one text: as fast as a person sees it grow
WHOLE_CHARACTERS = (
    1000  # of a text that is said as a whole again, and again whenever it has doubled
)


class Progress:
    """Progress of one generation: one Started, then Said while a text grows, every PACE_SECONDS.

    A message has what is new since the last one. As one may be lost, the whole text is repeated
    when Redis has failed, and each time it has doubled: all messages together have about three
    times the text.
    """

    _text = ""
    _told = 0
    _whole_at = WHOLE_CHARACTERS
    _next: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _limit: asyncio.TimerHandle | None = None

    def __init__(
        self, wanted: Wanted, tell: Callable[[Message], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.began = clock.now()
        self.due = loop.time() + NOTICEABLE_SECONDS
        """When it is to be noticed, as a time of the loop."""
        self._loop = loop
        self._wish = wanted
        self._tell = tell

    def notice(self, kind: Kind, worker: str, seconds: float, stop: Callable[[], None]) -> None:
        """It lasts: tell of it from now on, and stop it when it has taken so many seconds."""
        self._limit = self._loop.call_at(self.due - NOTICEABLE_SECONDS + seconds, stop)
        self._tell(Started(self._wish.id, kind, worker, self.began, self._wish.attempt))
        self._now()

    def say(self, piece: str) -> None:
        """Take the next piece of the text."""
        self._text += piece
        if self._timer is None and self._next is not None:
            self._timer = self._loop.call_at(self._next, self._now)

    def repeat(self) -> None:
        """Say the whole text the next time: what was said may be lost."""
        self._told = 0

    def end(self) -> None:
        """Tell nothing more: the result says the rest."""
        if self._timer is not None:
            self._timer.cancel()
        if self._limit is not None:
            self._limit.cancel()

    def _now(self) -> None:
        self._timer = None
        self._next = self._loop.time() + PACE_SECONDS
        if len(self._text) > self._told:
            if len(self._text) >= self._whole_at:
                self._told, self._whole_at = 0, 2 * len(self._text)
            new = self._text[self._told :]
            self._tell(Said(self._wish.id, self._wish.attempt, new, self._told))
            self._told = len(self._text)


class ProgressTimer:
    """Calls `notice` with the worker's name for every generation that takes noticeably long."""

    def __init__(self, notice: Callable[[str, Progress], None]) -> None:
        self._notice = notice
        self._fresh: dict[str, Progress] = {}  # by worker, the oldest first
        self._noticed: dict[str, Progress] = {}  # the same
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def begin(self, worker: str, wanted: Wanted, tell: Callable[[Message], None]) -> Progress:
        """A worker begins with this."""
        progress = self._fresh[worker] = Progress(wanted, tell, self._loop)
        if self._timer is None:
            self._timer = self._loop.call_at(progress.due, self._look)
        return progress

    def end(self, worker: str, progress: Progress) -> None:
        """The worker is through with it."""
        if self._fresh.pop(worker, None) is None:
            self._noticed.pop(worker, None)
        progress.end()

    def repeat(self) -> None:
        """Have every text that grows said as a whole the next time."""
        for progress in self._noticed.values():
            progress.repeat()

    def _look(self) -> None:
        self._timer = None
        for worker, progress in list(self._fresh.items()):
            if progress.due > self._loop.time():
                self._timer = self._loop.call_at(progress.due, self._look)
                break
            self._noticed[worker] = self._fresh.pop(worker)
            self._notice(worker, progress)
