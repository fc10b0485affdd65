"""Circuit breaker: pauses a pool while its generator keeps failing, to save attempts."""

from __future__ import annotations

import random
import time

import structlog

from service import clock

log = structlog.get_logger()

TRIP_FAILURES = 10  # retryable failures in a row, of any jobs, that open the breaker
PAUSE_SECONDS = (1.0, 60.0)  # the first and the longest pause, even if the server asks for more
AWAY_PAUSE_SECONDS = (0.5, 5.0)  # the same while the generator is away, when a try is cheap


class CircuitBreaker:
    """Closed: jobs start. Open: none starts. After a pause one job is tried, and decides."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0
        self._pauses = 0
        self._until = 0.0
        self._trying = False
        self._away = False
        """Whether it is open because the generator is away."""

    @property
    def open(self) -> bool:
        """Whether jobs are held back."""
        return self._failures >= TRIP_FAILURES

    @property
    def holds_back(self) -> bool:
        """Whether no job may begin now: during a pause, or while one job is tried."""
        return self.open and (self._trying or time.monotonic() < self._until)

    def may_begin(self) -> bool:
        """Whether a job may begin now; after the pause of an open breaker, just one."""
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
        """Record that a job succeeded or failed for its own reason: the generator works."""
        if self._failures >= TRIP_FAILURES:
            log.info("jobs are begun again", pool=self._name)
        self._failures = self._pauses = 0
        self._trying = self._away = False

    def failed(self, retry_after: float | None) -> None:
        """Record that a job failed for a reason that may pass."""
        if self._away:
            self.succeeded()  # the generator can be reached again, even if it fails
        self._failures += 1
        self._hold(retry_after, PAUSE_SECONDS, tripped=self._failures == TRIP_FAILURES)

    def away(self, retry_after: float | None) -> None:
        """Record that a job has found the generator away; the other jobs then need not try."""
        tripped = not self.open
        self._away = True
        self._failures = max(self._failures, TRIP_FAILURES)
        self._hold(retry_after, AWAY_PAUSE_SECONDS, tripped=tripped)

    def back(self) -> None:
        """End the pause: a check has found the generator, so one job is tried at once."""
        self._until = 0.0

    def given_up(self) -> None:
        """Record that the tried job was interrupted, so it decides nothing."""
        self._trying = False

    def _hold(
        self, retry_after: float | None, pauses: tuple[float, float], *, tripped: bool
    ) -> None:
        was_trying, self._trying = self._trying, False
        if not tripped and not was_trying:
            return  # the job began before the breaker opened
        first, longest = pauses
        pause = min(longest, first * 2**self._pauses)
        requested = min(retry_after or 0.0, PAUSE_SECONDS[1])
        pause = max(requested, random.uniform(pause / 2, pause))
        self._pauses = min(self._pauses + 1, 16)
        self._until = time.monotonic() + pause
        log.warning(
            "generator fails, pausing",
            pool=self._name,
            seconds=round(pause, 1),
            until=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(clock.wall() + pause)),
        )
