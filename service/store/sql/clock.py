"""Keeps the service's clock in SQLite: over restarts, and the same for all processes of a folder.

Within one boot of the machine the monotonic clock tells exactly how long the service was stopped.
After another boot the wall clock has to be asked, which may be wrong.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from service import clock
from service.messages import continue_ids, microseconds_of_id
from service.store.sqlite.database import Database, DatabaseUnavailable, Write

BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux; elsewhere only `saved` tells
DAY_SECONDS = 86_400.0
FAR_SECONDS = 180 * DAY_SECONDS  # that no clock is ahead by unless it was wrong
SPREAD_SECONDS = 3.0  # in which every process of this folder has looked at what is shown
NOTICEABLE_SECONDS = 1.0  # that the wall clock is off; less than that is no step

# The row: boot, offset, saved, lead. A clock that runs is not set back: of two processes that start
# it at once, one does.
_START = Write(
    "start clock",
    (
        """
        INSERT INTO clock (one, boot, offset, saved, lead)
        SELECT 1, value->>0, value->>1, value->>2, value->>3 FROM json_each(?) WHERE true
        ON CONFLICT DO UPDATE SET
          offset = iif(boot = excluded.boot, max(offset, excluded.offset), excluded.offset),
          boot = excluded.boot, lead = max(lead, excluded.lead)
        """,
    ),
)

# The row: since, shift, and the newest `since` that is known: whoever is first notes it.
_SHIFT = Write(
    "shift clock",
    (
        """
        INSERT INTO clock_shifts (since, shift)
        SELECT value->>0, value->>1 FROM json_each(?)
        WHERE NOT EXISTS (SELECT 1 FROM clock_shifts WHERE since > value->>2)
        """,
    ),
)

# The rows: now
_SAVE = Write("save clock", ("UPDATE clock SET saved = (SELECT value->>0 FROM json_each(?))",))
_KEEP = Write("keep", ("UPDATE clock SET kept_from = (SELECT value->>0 FROM json_each(?))",))


class ClockStore:
    """Starts the clock where it was, and notes when the time that is shown changes."""

    def __init__(self, database: Database, *, alone: bool = True) -> None:
        self._database = database
        self._alone = alone
        self._kept_from = 0.0  # what finished before is as old as if it had finished then
        self._started = time.monotonic()
        # whether more than a day went by while the service was stopped, if the clock is right
        self._doubtful = False

    async def start(self) -> None:
        """Go on with the clock of this folder. Raises DatabaseUnavailable."""
        boot = _boot()
        rows = await self._database.all("SELECT boot, offset, saved FROM clock")
        shifts = await self._shifts()
        [(newest_id,)] = await self._database.all("SELECT max(id) FROM requests")
        if rows:
            [(booted, offset, saved)] = rows
            by_wall = time.time() - (shifts[-1][1] if shifts else 0.0)
            now = max(saved, time.monotonic() + offset if booted == boot else by_wall)
        else:
            # reads all requests, once: of a database that an older version wrote
            [(newest,)] = await self._database.all("SELECT max(created_at) FROM requests")
            booted, saved, now = "", newest or 0.0, time.time()
            if now >= clock.PLAUSIBLE[1]:  # ids would not hold it
                raise DatabaseUnavailable("The clock of this machine is wrong: set it, then start.")
        self._doubtful = booted != boot and 0 < saved < now - DAY_SECONDS
        lead = max(0, microseconds_of_id(newest_id or "") - int(now * 1_000_000))
        await self._database.write(_START, [(boot, now - time.monotonic(), now, lead)])
        [(offset, lead, self._kept_from)] = await self._database.all(
            "SELECT offset, lead, kept_from FROM clock"
        )
        clock.adopt(offset, shifts)
        continue_ids(newest_id or "", lead)
        if booted != boot or clock.step() < -FAR_SECONDS or not clock.plausible(clock.wall()):
            await self.follow()

    async def follow(self) -> bool:
        """Show the time of the wall clock from now on, or from when all processes know of it.

        False if it cannot be true, or is about to be shown.
        """
        await self.refresh()
        now, step, known = clock.now(), clock.step(), clock.shifts()
        pending = bool(known) and known[-1][0] > now
        if abs(step) < NOTICEABLE_SECONDS or pending or not clock.plausible(clock.wall() + step):
            return False
        since = now if self._alone else now + SPREAD_SECONDS
        row = (since, clock.shown(now) - now + step, known[-1][0] if known else 0.0)
        await self._database.write(_SHIFT, [row])
        await self.refresh()
        if self._doubtful and step < 0:
            self._kept_from = now
            await self._database.write(_KEEP, [(now,)])
        return True

    async def refresh(self) -> None:
        """Learn what another process has noted."""
        clock.adopt(clock.offset(), await self._shifts())

    def tells_age(self, seconds: float) -> bool:
        """Whether what was finished `seconds` ago by the clock may be taken to be that old.

        Not for a day after a leap in time at the start: the clock may be set right yet.
        """
        if clock.now() - seconds <= self._kept_from:
            return False
        running = time.monotonic() - self._started
        return not self._doubtful or running >= min(seconds, DAY_SECONDS)

    @contextlib.asynccontextmanager
    async def saved(self) -> AsyncIterator[None]:
        """Note at the end of the context how far the clock has come."""
        try:
            yield
        finally:
            with contextlib.suppress(DatabaseUnavailable):
                await self._database.write(_SAVE, [(clock.now(),)])

    async def _shifts(self) -> tuple[clock.Shift, ...]:
        rows = await self._database.all("SELECT since, shift FROM clock_shifts ORDER BY since")
        return tuple((since, shift) for since, shift in rows)


def _boot() -> str:
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
