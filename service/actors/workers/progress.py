"""Progress: messages about running generations, and their time limit.

An instant generation costs neither a message nor a timer: one timer serves all workers of a pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from service import clock
from service.generators.protocol import Stage
from service.messages import Kind, Message, StageReached, Started, TextPiece, Wanted

NOTICEABLE_SECONDS = 0.02  # after which a message reports the start of a generation
STAGE_PACE_SECONDS = 1.0  # between two messages about how far a job is: each becomes a row
PACE_SECONDS = 0.1  # between two messages about one text: smooth enough for a reader
PACE_SECONDS_OF_EACH = 0.001  # the same, for each text of a pool: 1,000 messages a second
WHOLE_CHARACTERS = 1000  # at which a text is repeated as a whole, and again each time it doubles


@dataclass(slots=True)
class PoolProgress:
    """What the generations of a pool share: how many are noticeable, and who is shown texts."""

    show: Callable[[str, str], None] = lambda _id, _text: None
    """Called with a request and its text, as far as it is written."""
    texts: int = 0


class Progress:
    """Progress of one generation: a Started, then a TextPiece every PACE_SECONDS for a text.

    A message has the text since the one before. As messages may be lost, the whole text is repeated
    after a failure of Redis and each time its length has doubled: all messages together have about
    three times the text.
    """

    _text = ""
    _sent_characters = 0
    _whole_at = WHOLE_CHARACTERS
    _kind: Kind = "text"
    _stage: Stage | None = None
    _sent_stage: Stage | None = None
    _next_at: float | None = None
    _timer: asyncio.TimerHandle | None = None
    _limit: asyncio.TimerHandle | None = None
    _is_made = False

    def __init__(
        self,
        wanted: Wanted,
        send: Callable[[Message], None],
        loop: asyncio.AbstractEventLoop,
        pool: PoolProgress | None = None,
    ) -> None:
        self._pool = pool or PoolProgress()
        self.began = clock.now()
        self.due = loop.time() + NOTICEABLE_SECONDS
        """Loop time at which the generation becomes noticeable."""
        self._loop = loop
        self._wanted = wanted
        self._send = send

    def notice(self, kind: Kind, worker: str, seconds: float, stop: Callable[[], None]) -> None:
        """Send the Started, then the pieces; call `stop` when it has run for `seconds` in all."""
        if not self._is_made:
            self._limit = self._loop.call_at(self.due - NOTICEABLE_SECONDS + seconds, stop)
        self._kind = kind
        self._send(Started(self._wanted.id, kind, worker, self.began, self._wanted.attempt))
        self._send_now()

    def say(self, piece: str) -> None:
        """Add the next piece to the text."""
        self._text += piece
        self._pool.show(self._wanted.id, self._text)
        if self._timer is None and self._next_at is not None:
            self._timer = self._loop.call_at(self._next_at, self._send_now)

    def report(self, stage: Stage) -> None:
        """Say how far the job is; of several stages within the pace the last one counts."""
        self._stage = stage
        if self._timer is None and self._next_at is not None:
            self._timer = self._loop.call_at(self._next_at, self._send_now)

    def made(self) -> None:
        """Note that the result is there: no time limit counts while it is saved."""
        self._is_made = True
        if self._limit is not None:
            self._limit.cancel()

    def repeat(self) -> None:
        """Send the whole text the next time: earlier messages may be lost."""
        self._sent_characters = 0

    def end(self) -> None:
        """Send nothing more: the result has the rest."""
        if self._timer is not None:
            self._timer.cancel()
        self._next_at = None
        if self._limit is not None:
            self._limit.cancel()

    def _send_now(self) -> None:
        self._timer = None
        pace = max(PACE_SECONDS, self._pool.texts * PACE_SECONDS_OF_EACH)
        self._next_at = self._loop.time() + pace
        if len(self._text) > self._sent_characters:
            if len(self._text) >= self._whole_at:
                self._sent_characters, self._whole_at = 0, 2 * len(self._text)
            new = self._text[self._sent_characters :]
            self._send(TextPiece(self._wanted.id, self._wanted.attempt, new, self._sent_characters))
            self._sent_characters = len(self._text)
        if self._stage is not None and self._stage != self._sent_stage:
            self._next_at = self._loop.time() + STAGE_PACE_SECONDS
            self._sent_stage = self._stage
            wanted = self._wanted
            self._send(StageReached(wanted.id, self._kind, wanted.attempt, self._stage))


class ProgressTimer:
    """Calls `notice` with the worker's name for every generation that takes noticeably long."""

    def __init__(
        self,
        notice: Callable[[str, Progress], None],
        show: Callable[[str, str], None] = lambda _id, _text: None,
    ) -> None:
        self._notice = notice
        self._pool = PoolProgress(show)
        self._fresh: dict[str, Progress] = {}  # by worker, the oldest first
        self._noticed: dict[str, Progress] = {}  # the same
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def begin(self, worker: str, wanted: Wanted, send: Callable[[Message], None]) -> Progress:
        """Record that a worker begins a generation."""
        progress = self._fresh[worker] = Progress(wanted, send, self._loop, self._pool)
        if self._timer is None:
            self._timer = self._loop.call_at(progress.due, self._notice_due)
        return progress

    def began(self, worker: str) -> float | None:
        """When a worker began its generation; None if it has none."""
        progress = self._noticed.get(worker) or self._fresh.get(worker)
        return None if progress is None else progress.began

    def end(self, worker: str, progress: Progress) -> None:
        """Record that the worker has finished."""
        if self._fresh.pop(worker, None) is None:
            self._noticed.pop(worker, None)
            self._pool.texts = len(self._noticed)
            progress.end()

    def repeat(self) -> None:
        """Send every running text as a whole the next time."""
        for progress in self._noticed.values():
            progress.repeat()

    def _notice_due(self) -> None:
        self._timer = None
        for worker, progress in list(self._fresh.items()):
            if progress.due > self._loop.time():
                self._timer = self._loop.call_at(progress.due, self._notice_due)
                break
            self._noticed[worker] = self._fresh.pop(worker)
            self._pool.texts = len(self._noticed)
            self._notice(worker, progress)
