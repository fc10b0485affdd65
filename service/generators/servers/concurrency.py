"""Concurrency limit: how many generations run at once, found by what the model bears.

A refusal (429) narrows the limit, or begins a pause for as long as the server asks. Successes
widen it: by one, then faster. If the wider limit is refused, the next try beyond the old one comes
later, each time it fails. Where the number is automatic, longer service times narrow it, too.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping

import structlog

log = structlog.get_logger()

MAX_HOLD_SECONDS = 300.0  # after that one job is tried, whatever the server asks
BACKOFF_SECONDS = (0.5, 5.0)  # if not a single job is accepted: the first pause, and the longest
MAX_TRY_SUCCESSES = (60, 15)
"""Successes between two tries beyond a limit, at most: this number, or this multiple of the limit
if that is more. So there is at most one refusal for so many."""
FIRST_TRY_SUCCESSES = 10  # the same for the first try, or twice the limit
MIN_WINDOW_TIMES = 5  # service times that are compared as one mean
CROWDED_FACTOR = 1.5  # of the best mean service time: above it the limit is not widened
OVERLOADED_FACTOR = 2.0  # the same: above it the limit is narrowed
NARROWING_FACTOR = 0.8  # of the limit, each time it is narrowed for that
NO_HELP_FACTOR = 0.9  # of the mean before: if it stays above, jobs take longer for other reasons
FORGETTING_FACTOR = 1.0002  # how fast the best mean becomes outdated, for each window


class ConcurrencyLimit:
    """A limit between `least` and `most`, which a number that is not `automatic` begins with.

    `on_change` is called when more jobs may begin than before; the log names it by `name`.
    """

    def __init__(
        self, name: Mapping[str, str], most: int, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._name = name
        self.on_change = on_change
        self.least = 1
        self.most = most
        self.automatic = False
        self.value = most
        self.refusals = 0
        self._sustained = 0  # the highest limit that was in use without a refusal
        self._successes = 0  # in a row, while the limit was reached
        self._step = 1
        self._try_successes = FIRST_TRY_SUCCESSES
        self._needed = most  # successes before the limit is widened
        self._narrowed_at = 0.0  # time.monotonic(): refusals of jobs begun before say nothing new
        self._until = 0.0  # time.monotonic() of the end of a pause
        self._left: int | None = None  # how many jobs may begin until `_until`; None for any number
        self._backoffs = 0
        self._times: list[float] = []
        self._best: float | None = None
        self._crowded = False
        self._overloaded: float | None = None  # the mean at which the limit was narrowed
        self.learns = False
        """Whether successes may change the limit, or how long it pauses."""
        self.restricts = False
        """Whether fewer jobs may run than there are workers."""

    def set_bounds(self, least: int, most: int, *, automatic: bool) -> None:
        """Change the bounds; an automatic limit begins with the least, a fixed one at the most."""
        begins = automatic and not self.automatic
        ends = self.automatic and not automatic
        narrowed = self.value < self.most
        if begins:
            self.value = least
            self._sustained = 0
        elif ends or not (automatic or narrowed):
            self.value = most
        if ends:  # a fixed number does not depend on service times
            self._best, self._crowded, self._overloaded = None, False, None
            self._times.clear()
        self.value = min(max(self.value, least), most)
        self.least, self.most, self.automatic = least, most, automatic
        self._needed = self._window
        self._changed()

    def _changed(self) -> None:
        # attributes, as both are read for every job
        self.learns = self.automatic or self.value < self.most or self._backoffs > 0
        self.restricts = self.value < self.most or self._until > 0.0

    def pause(self) -> float:
        """Seconds until jobs may begin again; 0 while they may."""
        if not self._until:
            return 0.0
        left = self._until - time.monotonic()
        if left <= 0:
            self._until, self._left = 0.0, None
            self._changed()
        return 0.0 if self._left else max(0.0, left)

    def room(self, running: int) -> int:
        """How many more jobs may begin now."""
        if self.pause():
            return 0
        room = max(0, self.value - running)
        return room if self._left is None else min(room, self._left)

    def begun(self, jobs: int) -> None:
        """Record that jobs have begun."""
        if self._left is not None:
            self._left = max(0, self._left - jobs)

    def hold(self, seconds: float, left: int | None = None) -> None:
        """Begin no job for this time, or no more than `left`: the server asks for it."""
        seconds = min(seconds, MAX_HOLD_SECONDS)
        if self.pause() >= (0.001 if left else seconds):  # a pause is never cut short
            return
        self._until, self._left = time.monotonic() + seconds, left or None
        self._changed()
        asyncio.get_running_loop().call_later(seconds, self.on_change)

    def succeeded(self, seconds: float, running: int) -> None:
        """Record a success; `running` jobs were at work, this one included."""
        if self._backoffs:
            self._backoffs = 0
            self._changed()
        if self.automatic:
            self._compare(seconds)
        if running < self.value or self._crowded:
            return
        self._successes += 1
        if self._successes >= self.value:
            if self.value > self._sustained:
                self._try_successes = max(FIRST_TRY_SUCCESSES, 2 * self.value)
            self._sustained = max(self._sustained, self.value)
        if self._successes >= self._needed and self.value < self.most:
            self._set(self.value + self._step)
            self._step = max(1, min(self._step * 2, self.value // 2))

    def refused(self, began: float, running: int, retry_after: float | None) -> None:
        """Record that the server accepted no more; `running` other jobs are at work.

        `began` is time.monotonic() of the start of the refused job.
        """
        self.refusals += 1
        was_probe = self.value > self._sustained > 0
        if began < self._narrowed_at:  # refused together with an earlier one
            floor = max(self.least, self._sustained if was_probe else 0, running)
            self._set(min(self.value, floor))
        elif was_probe:
            jobs, multiple = MAX_TRY_SUCCESSES
            self._try_successes = min(max(jobs, multiple * self.value), self._try_successes * 2)
            self._narrow(max(self._sustained, min(self.value - 1, running)))
        else:
            self._sustained, self._try_successes = 0, FIRST_TRY_SUCCESSES
            self._narrow(min(self.value // 2, max(running, 1)))
        if retry_after and not (was_probe and running):
            self.hold(retry_after)
        elif not running:
            first, longest = BACKOFF_SECONDS
            self.hold(min(longest, first * 2**self._backoffs) * random.uniform(0.5, 1))
            self._backoffs = min(self._backoffs + 1, 16)
            self._changed()

    @property
    def _window(self) -> int:
        return max(self.value, MIN_WINDOW_TIMES) if self.automatic else self.value

    def _narrow(self, value: int) -> None:
        self._narrowed_at = time.monotonic()
        self._step = 1
        self._set(value)
        if self.value <= self._sustained:
            self._needed = max(self._window, self._try_successes)
        log.info("fewer generations at once", **self._name, limit=self.value)

    def _set(self, value: int) -> None:
        self.value = min(self.most, max(self.least, value))
        self._successes = 0
        self._times.clear()
        self._needed = self._window
        self._changed()

    def _compare(self, seconds: float) -> None:
        """Compare the mean of the latest service times with the best one."""
        self._times.append(seconds)
        if len(self._times) < self._window:
            return
        mean = sum(self._times) / len(self._times)
        self._times.clear()
        self._best = mean if self._best is None else min(self._best * FORGETTING_FACTOR, mean)
        self._crowded = mean > self._best * CROWDED_FACTOR
        if self._crowded and self.value <= self.least:  # it cannot be narrowed to find out why
            self._best, self._crowded, self._overloaded = mean, False, None
        elif mean <= self._best * OVERLOADED_FACTOR:
            self._overloaded = None
        elif self._overloaded is not None and mean > self._overloaded * NO_HELP_FACTOR:
            self._best, self._crowded, self._overloaded = mean, False, None
        elif self.value > self.least:
            self._overloaded = mean
            self._narrow(min(self.value - 1, int(self.value * NARROWING_FACTOR)))
