"""Direct calls: generations that an HTTP handler waits for; they bypass the streams."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service import clock
from service.actors.workers.attempt import (
    AttemptOutcome,
    WorkerContext,
    generate,
    paused,
    too_late,
    too_many,
)
from service.generators.protocol import Say
from service.messages import Generated, Wanted

MAX_WAITING_CALLS = 200  # they bypass the queue, so they must not become one
PICTURE_KEPT_SECONDS = 3600.0  # after a call; callers fetch the picture at once


@dataclass(eq=False, slots=True)
class DirectCall:
    """A part to generate, and the future of the caller who waits for it."""

    wanted: Wanted
    say: Say
    outcome: asyncio.Future[AttemptOutcome]

    async def run(self, context: WorkerContext, worker: str) -> None:
        """Generate the part; cancelled when the caller leaves."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine of a task
        self.outcome.add_done_callback(lambda _: task.cancel())
        try:
            outcome = await self._generate_in_time(context, worker)
            context.metrics.times[context.pool].service.observe(outcome.origin.seconds)
            if isinstance(outcome, Generated) and outcome.image_uri:
                context.media.release(outcome.image_uri, PICTURE_KEPT_SECONDS)
            if not self.outcome.done():
                self.outcome.set_result(outcome)
        finally:
            self.outcome.cancel()

    async def _generate_in_time(self, context: WorkerContext, worker: str) -> AttemptOutcome:
        began = clock.now()
        try:
            async with asyncio.timeout(context.timeout()):
                return await generate(context, worker, self.wanted, self.say, began)
        except TimeoutError:
            return too_late(context, worker, self.wanted, began)


class DirectCalls:
    """The direct calls that wait for a worker; `on_new` is called for each new one."""

    def __init__(self, context: WorkerContext, on_new: Callable[[], None]) -> None:
        self._context = context
        self._on_new = on_new
        self._waiting: deque[DirectCall] = deque()
        self._closed = False
        self.paused = False

    def __len__(self) -> int:
        return len(self._waiting)

    def clients(self) -> Iterator[str]:
        """The clients of the calls that wait."""
        return (call.wanted.client for call in self._waiting)

    def next(self) -> DirectCall:
        """Remove and return the call that has waited longest."""
        return self._waiting.popleft()

    async def outcome(self, wanted: Wanted, say: Say) -> AttemptOutcome:
        """Queue a call ahead of the stream and wait for its outcome."""
        if self.paused:
            return paused(self._context, wanted)
        if self._closed or len(self._waiting) >= MAX_WAITING_CALLS:
            return too_many(self._context, wanted)
        call = DirectCall(wanted, say, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self._on_new()
        try:
            return await call.outcome
        finally:
            with contextlib.suppress(ValueError):  # still there if the caller left before it began
                self._waiting.remove(call)

    def pause(self) -> None:
        """Refuse all calls until the pause ends, and those that wait."""
        self.paused = True
        for call in self._waiting:
            if not call.outcome.done():
                call.outcome.set_result(paused(self._context, call.wanted))
        self._waiting.clear()

    def close(self) -> None:
        """Begin no more calls, and cancel those that wait."""
        self._closed = True
        for call in self._waiting:
            call.outcome.cancel()
        self._waiting.clear()
