"""Errands: generations that somebody in this process waits for; they are on no stream."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from service.actors.workers.attempt import Outcome, Workbench, generate, too_late, too_many
from service.generators.protocol import Say
from service.messages import Wanted

MOST_ERRANDS = 200  # that may wait; they go ahead of the queue, so they must not become one


@dataclass(eq=False, slots=True)
class Errand:
    """A wish, and the one who waits for what becomes of it."""

    wish: Wanted
    say: Say
    outcome: asyncio.Future[Outcome]

    async def run(self, bench: Workbench, worker: str) -> None:
        """Generate it, unless whoever asked leaves."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this is a coroutine of a task
        self.outcome.add_done_callback(lambda _: task.cancel())
        try:
            outcome = await self._in_time(bench, worker)
            bench.metrics.times[bench.kind].service.note(outcome.origin.seconds)
            if not self.outcome.done():
                self.outcome.set_result(outcome)
        finally:
            self.outcome.cancel()

    async def _in_time(self, bench: Workbench, worker: str) -> Outcome:
        began = time.time()
        try:
            async with asyncio.timeout(bench.timeout()):
                return await generate(bench, worker, self.wish, self.say)
        except TimeoutError:
            return too_late(bench, worker, self.wish, began)


class Errands:
    """Those that wait for a worker; `come` is called when there is one more."""

    def __init__(self, bench: Workbench, come: Callable[[], None]) -> None:
        self._bench = bench
        self._come = come
        self._waiting: deque[Errand] = deque()
        self._closed = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def next(self) -> Errand:
        """The one that has waited longest."""
        return self._waiting.popleft()

    async def outcome(self, wish: Wanted, say: Say) -> Outcome:
        """What becomes of a wish that goes ahead of the queue."""
        if self._closed or len(self._waiting) >= MOST_ERRANDS:
            return too_many(self._bench, wish)
        errand = Errand(wish, say, asyncio.get_running_loop().create_future())
        self._waiting.append(errand)
        self._come()
        try:
            return await errand.outcome
        finally:
            with contextlib.suppress(ValueError):  # whoever asked has left before it was begun
                self._waiting.remove(errand)

    def close(self) -> None:
        """Nothing more is begun."""
        self._closed = True
        for errand in self._waiting:
            errand.outcome.cancel()
        self._waiting.clear()
