"""Stop: what the signals ask for."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Shutdown:
    """What the signals ask for: to stop, and to stop at once."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()
        self._at: float | None = None  # when it was asked for
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._ask)

    def left(self, drain: float) -> float:
        """What is left of `drain` seconds since the stop was asked for."""
        return drain if self._at is None else max(0.0, self._at + drain - self._loop.time())

    def on_hangup(self, do: Callable[[], None]) -> None:
        """Call `do` on SIGHUP."""
        self._loop.add_signal_handler(signal.SIGHUP, do)

    async def unless_asked(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What the work leads to, or None: it is interrupted when a stop is asked for."""
        return await _unless(self.asked, work)

    async def unless_at_once(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The same with a stop at once."""
        return await _unless(self.at_once, work)

    def _ask(self) -> None:
        self._at = self._at or self._loop.time()
        (self.at_once if self.asked.is_set() else self.asked).set()


async def _unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    working = asyncio.create_task(work, name="interruptible")
    waiting = asyncio.create_task(event.wait(), name="interruption")
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        working.cancel()
        await asyncio.wait({working, waiting})
    return None if working.cancelled() else working.result()
