"""Circuit breaker: pauses a pool while its generator keeps failing, to save attempts."""

from __future__ import annotations

import random
import time

import structlog

log = structlog.get_logger()

TRIP_FAILURES = 10  # passing failures in a row, of any jobs, that open it
PAUSE_SECONDS = (1.0, 60.0)  # seconds: the first pause, and the longest


class CircuitBreaker:
    """Closed: jobs start. Open: none does. After a pause one job is tried: it decides."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0
        self._pauses = 0
        self._until = 0.0
        self._trying = False

    @property
    def open(self) -> bool:
        """Whether jobs are held back just now."""
        return self._failures >= TRIP_FAILURES

    def may_begin(self) -> bool:
        """Whether a job may be begun now; in an open breaker whose pause is over, just one."""
        if not self.open:
            return True
        if self._trying or time.monotonic() < self._until:
            return False
        self._trying = True
        return True

    def pause(self) -> float:
        """Seconds until the next try; 0 when jobs flow."""
        return max(0.0, self._until - time.monotonic()) if self.open else 0.0

    def succeeded(self) -> None:
        """A job came out well, or failed for a reason of its own: the generator works."""
        if self.open:
            log.info("generator works again", pool=self._name)
        self._failures = self._pauses = 0
        self._trying = False

    def failed(self, retry_after: float | None) -> None:
        """A job failed for a reason that may pass."""
        self._failures += 1
        was_trying, self._trying = self._trying, False
        if self._failures == TRIP_FAILURES or was_trying:
            first, longest = PAUSE_SECONDS
            pause = min(longest, first * 2**self._pauses)
            pause = max(retry_after or 0.0, random.uniform(pause / 2, pause))
            self._pauses = min(self._pauses + 1, 16)
            self._until = time.monotonic() + pause
            log.warning("generator fails, pausing", pool=self._name, seconds=round(pause, 1))

    def given_up(self) -> None:
        """The one that was tried was interrupted: it decides nothing."""
        self._trying = False
