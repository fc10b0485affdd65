"""Progress: messages about running generations, and their time limit.

An instant generation needs neither a message nor a timer: one timer serves all workers of a pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from service import clock
from service.messages import Kind, Message, Said, Started, Wanted

NOTICEABLE_SECONDS = 0.02  # seconds after which the start of a generation is worth a message
PACE_SECONDS = 0.1  # seconds between two messages about one text: smooth enough for a reader
WHOLE_CHARACTERS = (
    1000  # length at which a text is repeated as a whole, and again whenever it has doubled
)


class Progress:
    """Progress of one generation: one Started, then Said while a text grows, every PACE_SECONDS.

    A message has the text since the last one. As messages may be lost, the whole text is repeated
    after a failure of Redis and each time its length has doubled: all messages together have about
    three times the text.
    """

    _text = ""
    _sent = 0
    _whole_at = WHOLE_CHARACTERS
    _next: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _limit: asyncio.TimerHandle | None = None

    def __init__(
        self, wanted: Wanted, send: Callable[[Message], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.began = clock.now()
        self.due = loop.time() + NOTICEABLE_SECONDS
        """Loop time at which the generation becomes noticeable."""
        self._loop = loop
        self._wanted = wanted
        self._send = send

    def notice(self, kind: Kind, worker: str, seconds: float, stop: Callable[[], None]) -> None:
        """Send its start, messages from now on, and call `stop` after so many seconds in all."""
        self._limit = self._loop.call_at(self.due - NOTICEABLE_SECONDS + seconds, stop)
        self._send(Started(self._wanted.id, kind, worker, self.began, self._wanted.attempt))
        self._now()

    def say(self, piece: str) -> None:
        """Take the next piece of the text."""
        self._text += piece
        if self._timer is None and self._next is not None:
            self._timer = self._loop.call_at(self._next, self._now)

    def repeat(self) -> None:
        """Send the whole text the next time: earlier messages may be lost."""
        self._sent = 0

    def end(self) -> None:
        """Send nothing more: the result has the rest."""
        if self._timer is not None:
            self._timer.cancel()
        if self._limit is not None:
            self._limit.cancel()

    def _now(self) -> None:
        self._timer = None
        self._next = self._loop.time() + PACE_SECONDS
        if len(self._text) > self._sent:
            if len(self._text) >= self._whole_at:
                self._sent, self._whole_at = 0, 2 * len(self._text)
            new = self._text[self._sent :]
            self._send(Said(self._wanted.id, self._wanted.attempt, new, self._sent))
            self._sent = len(self._text)


class ProgressTimer:
    """Calls `notice` with the worker's name for every generation that takes noticeably long."""

    def __init__(self, notice: Callable[[str, Progress], None]) -> None:
        self._notice = notice
        self._fresh: dict[str, Progress] = {}  # by worker, the oldest first
        self._noticed: dict[str, Progress] = {}  # the same
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def begin(self, worker: str, wanted: Wanted, send: Callable[[Message], None]) -> Progress:
        """Follow a generation that a worker begins."""
        progress = self._fresh[worker] = Progress(wanted, send, self._loop)
        if self._timer is None:
            self._timer = self._loop.call_at(progress.due, self._look)
        return progress

    def end(self, worker: str, progress: Progress) -> None:
        """Stop following it: the worker has finished."""
        if self._fresh.pop(worker, None) is None:
            self._noticed.pop(worker, None)
        progress.end()

    def repeat(self) -> None:
        """Have every running text sent as a whole the next time."""
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
