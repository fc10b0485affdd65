"""Shutdown: the reactions to SIGINT, SIGTERM and SIGHUP."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Shutdown:
    """The state of a stop: requested by the first SIGINT or SIGTERM, forced by the second."""

    def __init__(self) -> None:
        self.requested = asyncio.Event()
        self.forced = asyncio.Event()
        self._requested_at: float | None = None  # loop time of the request
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._on_signal)

    def left(self, drain: float) -> float:
        """Seconds left of `drain` since the stop was requested."""
        return (
            drain
            if self._requested_at is None
            else max(0.0, self._requested_at + drain - self._loop.time())
        )

    def on_hangup(self, do: Callable[[], None]) -> None:
        """Call `do` on SIGHUP."""
        self._loop.add_signal_handler(signal.SIGHUP, do)

    async def unless_requested(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of the work, or None if a requested stop interrupted it."""
        return await _unless(self.requested, work)

    async def unless_forced(self, work: Coroutine[Any, Any, T]) -> T | None:
        """The result of the work, or None if a forced stop interrupted it."""
        return await _unless(self.forced, work)

    def _on_signal(self) -> None:
        self._requested_at = self._requested_at or self._loop.time()
        (self.forced if self.requested.is_set() else self.requested).set()


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
