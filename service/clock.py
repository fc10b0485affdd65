"""The service's clock: it never steps, even if the wall clock does.

`now()` advances with the monotonic clock and continues across restarts (see store/sql/clock.py).
All due times and ages are measured and stored in its seconds: retries, deadlines, leases,
retention. The wall clock only decides how times are shown: `shown(moment)`.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Sequence

PLAUSIBLE = (1_750_000_000.0, 4_102_444_800.0)
"""Seconds since the epoch: a correct clock is not older than this program, nor after 2099."""

DRIFT_SECONDS = 0.05  # more than a measurement over a network is wrong
STEP_SECONDS = 1.0  # a difference that is no drift, but a clock that was set
MAX_BACK_SECONDS = 0.001  # at a time

Shift = tuple[float, float]
"""A time of `now()`, and the seconds that the wall clock is ahead of `now()` from then on."""


class _Clock:
    offset = time.time() - time.monotonic()
    shifts: Sequence[Shift] = ()
    reference: float | None = None


def now() -> float:
    """Seconds since the epoch by the service's clock, which never goes back and never jumps."""
    return time.monotonic() + _Clock.offset


def wall() -> float:
    """The present time for display and posts: by the wall clock, without a step not adopted yet."""
    return shown(now())


def shown(moment: float) -> float:
    """The wall clock's time at a time of `now()`."""
    if not _Clock.shifts:
        return moment
    index = bisect_right(_Clock.shifts, (moment, float("inf")))
    return moment + _Clock.shifts[index - 1][1] if index else moment


def moment_of(shown_at: float) -> float:
    """The latest time of `now()` at which the wall clock shows this, or will."""
    for since, shift in reversed(_Clock.shifts):
        if shown_at - shift >= since:
            return shown_at - shift
    return shown_at


def machine() -> float:
    """The wall clock: that of the database, where nodes of several machines follow it."""
    if _Clock.reference is None:
        return time.time()
    return time.monotonic() + _Clock.reference


def follow(reference: float | None) -> None:
    """Take the time of the database for the wall clock: seconds it is ahead of the monotonic one.

    None is the wall clock of this machine.
    """
    _Clock.reference = reference


def ahead() -> float:
    """Seconds that the wall clock of this machine is ahead of `machine()`."""
    return 0.0 if _Clock.reference is None else time.time() - machine()


def keep_up() -> None:
    """Follow a slow drift of the database's clock: forward at once, backward very slowly."""
    drift = step()
    if _Clock.reference is not None and DRIFT_SECONDS < abs(drift) < STEP_SECONDS:
        _Clock.offset += max(drift, -MAX_BACK_SECONDS)


def step() -> float:
    """Seconds that the wall clock is ahead of `wall()`: not 0 after it was set."""
    return machine() - wall()


def plausible(seconds: float) -> bool:
    """Whether a correct clock can show this time."""
    earliest, latest = PLAUSIBLE
    return earliest <= seconds < latest


def offset() -> float:
    """Seconds that `now()` is ahead of the monotonic clock."""
    return _Clock.offset


def shifts() -> Sequence[Shift]:
    """All shifts of the wall clock against `now()`, in order."""
    return _Clock.shifts


def adopt(offset: float, shifts: Sequence[Shift]) -> None:
    """Continue a clock that another process started."""
    _Clock.offset, _Clock.shifts = offset, tuple(shifts)
