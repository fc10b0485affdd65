"""The service's clock: it never steps, whatever the wall clock does.

`now()` runs with the monotonic clock and goes on over restarts (see store/sql/clock.py). All that
waits for a moment or gets older is measured and stored in its seconds: retries, deadlines, leases,
retention. The wall clock says only how moments are shown: `shown(moment)`.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

PLAUSIBLE = (1_750_000_000.0, 4_102_444_800.0)
"""Seconds since the epoch: no right clock is behind this program, or says a time after 2099."""

Shift = tuple[float, float]
"""From this moment on, the wall clock is so many seconds ahead of `now()`."""


class _Clock:
    offset = time.time() - time.monotonic()
    shifts: Sequence[Shift] = ()


def now() -> float:
    """Seconds since the epoch, as the service counts them: it never goes back, and never jumps."""
    return time.monotonic() + _Clock.offset


def wall() -> float:
    """The time to show and to stamp posts with: now, by the wall clock before its last step."""
    return shown(now())


def shown(moment: float) -> float:
    """What the wall clock said at a moment of `now()`."""
    if not _Clock.shifts:
        return moment
    index = bisect_right(_Clock.shifts, (moment, float("inf")))
    return moment + _Clock.shifts[index - 1][1] if index else moment


def step() -> float:
    """How many seconds the wall clock is ahead of `wall()`: not 0 after it was set."""
    return time.time() - wall()


def plausible(seconds: float) -> bool:
    """Whether a right clock may say so."""
    earliest, latest = PLAUSIBLE
    return earliest <= seconds < latest


def offset() -> float:
    """What `now()` is ahead of the monotonic clock."""
    return _Clock.offset


def shifts() -> Sequence[Shift]:
    """All that the wall clock was ahead of `now()` by, in their order."""
    return _Clock.shifts


def adopt(offset: float, shifts: Sequence[Shift]) -> None:
    """Go on with a clock that another process started."""
    _Clock.offset, _Clock.shifts = offset, tuple(shifts)
