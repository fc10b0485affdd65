"""Repeats a call while the service is unavailable, for a limited time."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from feedmill.client.errors import ServiceBusy, ServiceUnavailable

PAUSE_SECONDS = (0.2, 4.0)  # until the next attempt: the first, and the longest; doubles

Answer = TypeVar("Answer")


class RetryDeadline:
    """The limit on retries of an unavailable service: it may be away for `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Start again: the service has answered."""
        self._end = time.monotonic() + self._seconds
        self._pause = PAUSE_SECONDS[0]

    async def pause(self, away: ServiceUnavailable) -> None:
        """Wait until the next attempt. Raises ServiceUnavailable if there is none left."""
        seconds = max(self._pause * random.uniform(0.5, 1.0), away.retry_after or 0.0)
        if time.monotonic() + seconds > self._end:
            tried = f" It was tried for {self._seconds:g} s." if self._seconds else ""
            raise type(away)(f"{away}{tried}", away.status, away.retry_after) from away
        self._pause = min(2 * self._pause, PAUSE_SECONDS[1])
        await asyncio.sleep(seconds)


async def until_available(
    call: Callable[[], Awaitable[Answer]], patience_seconds: float, *, when_busy: bool = True
) -> Answer:
    """The result of `call`, repeated until the service is available.

    `when_busy` says whether a full queue or a rate limit is a reason to wait.
    """
    deadline = RetryDeadline(patience_seconds)
    while True:
        try:
            return await call()
        except ServiceUnavailable as away:
            if isinstance(away, ServiceBusy) and not when_busy:
                raise
            await deadline.pause(away)
