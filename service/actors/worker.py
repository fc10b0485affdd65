"""Worker: one consumer that generates one thing at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from service.generators.protocol import Drawn, GenerationFailed, Generator, Job, Say, Written
from service.messages import Failed, Generated, Kind, Message, Origin, Said, Started, Wanted
from service.metrics import Metrics
from service.store.media import Media
from service.store.requests import Requests
from service.tracing import OFF, Tracing

log = structlog.get_logger()

NOTICEABLE = 0.02  # seconds a generation takes before its start is worth a message
PACE = 0.1  # seconds between two messages about one text: as fast as a person sees it grow


class Workbench(msgspec.Struct, frozen=True):
    """What the workers of a pool share: their generator, its name, and a time limit in seconds."""

    kind: Kind
    name: str
    generator: Generator[Written] | Generator[Drawn]
    media: Media
    timeout: Callable[[], float]
    requests: Requests
    metrics: Metrics
    tracing: Tracing = OFF


Outcome = Generated | Failed
Generate = Callable[[Wanted], Awaitable[Outcome]]


class Telling:
    """Tells what a worker is at, from when somebody notices: most of it may take but an instant.

    `tell` gets one Started and, while a text is written, all of it up to then every PACE seconds.
    """

    def __init__(self, wish: Wanted, tell: Callable[[Message], None]) -> None:
        self.began = time.time()
        self._loop = asyncio.get_running_loop()
        self.due = self._loop.time() + NOTICEABLE
        """When it is to be noticed, as a time of the loop."""
        self._wish = wish
        self._tell = tell
        self._text = ""
        self._told = 0
        self._next: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._limit: asyncio.TimerHandle | None = None

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
        for timer in (self._timer, self._limit):
            if timer is not None:
                timer.cancel()

    def _now(self) -> None:
        self._timer = None
        self._next = self._loop.time() + PACE
        if len(self._text) > self._told:
            self._told = len(self._text)
            self._tell(Said(self._wish.id, self._wish.attempt, self._text))


def unheard(_piece: str) -> None:
    """For texts that nobody follows while they are written."""


async def generate(bench: Workbench, worker: str, wish: Wanted, say: Say) -> Outcome:
    """One attempt at one part, with no limit. It never raises, but for being cancelled."""
    started = time.time()
    clock = time.perf_counter()
    reason, retryable, retry_after = "", True, None
    try:
        made = await bench.generator.generate(
            Job(wish.prompt, wish.seed, wish.instagram, wish.options), say
        )
        uri = None
        if isinstance(made, Drawn):
            uri = await bench.media.save(made.data, made.media_type, wish.prompt)
    except GenerationFailed as failure:
        reason, retryable, retry_after = str(failure), failure.retryable, failure.retry_after
    except Exception:
        log.exception("generator crashed", request=wish.id, part=bench.kind, worker=worker)
        reason = "The generator failed unexpectedly."
    else:
        origin = _origin(bench, worker, wish, started, time.perf_counter() - clock, made)
        text = made.text if isinstance(made, Written) else None
        return Generated(wish.id, bench.kind, wish.attempt, origin, text, uri)
    origin = Origin(bench.name, worker, started, time.perf_counter() - clock, seed=wish.seed)
    failed = Failed(wish.id, bench.kind, wish.attempt, origin, reason, retryable, retry_after)
    return msgspec.structs.replace(failed, base=wish.base)


def too_late(bench: Workbench, worker: str, wish: Wanted, began: float) -> Failed:
    """What becomes of an attempt that was stopped because it took too long."""
    origin = Origin(bench.name, worker, began, bench.timeout(), seed=wish.seed)
    reason = f"The generator did not finish within {bench.timeout():g} seconds."
    return Failed(wish.id, bench.kind, wish.attempt, origin, reason, True, base=wish.base)


def too_many(bench: Workbench, wish: Wanted) -> Failed:
    """What becomes of a wish for which no worker will have time soon."""
    origin = Origin(bench.name, "", time.time(), 0.0, seed=wish.seed)
    reason = f"Too many are waiting for the {bench.kind} workers."
    return Failed(wish.id, bench.kind, wish.attempt, origin, reason, True, 1.0)


def _origin(
    bench: Workbench,
    worker: str,
    wish: Wanted,
    started: float,
    seconds: float,
    made: Written | Drawn,
) -> Origin:
    seconds = round(seconds, 4)
    match made:
        case Written():
            return Origin(
                bench.name,
                worker,
                started,
                seconds,
                made.model,
                wish.seed,
                made.prompt_tokens,
                made.completion_tokens,
            )
        case Drawn():
            return Origin(
                bench.name,
                worker,
                started,
                seconds,
                made.model,
                wish.seed,
                width=made.width,
                height=made.height,
                missing=made.missing,
            )
