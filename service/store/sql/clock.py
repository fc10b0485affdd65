"""The service's clock in SQLite: kept across restarts, and shared by all processes of a folder.

Within one boot of the machine, the monotonic clock says exactly how long the service was stopped.
After a reboot only the wall clock can say it, and that may be wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

from service import clock
from service.request_ids import continue_ids, microseconds_of_id
from service.store.database import Database
from service.store.errors import DatabaseUnavailable
from service.store.sql.shared_look import SharedLook
from service.store.sql.statements import Write

BOOT = Path("/proc/sys/kernel/random/boot_id")  # Linux; elsewhere every start may follow a reboot
DAY_SECONDS = 86_400.0
MAX_AHEAD_SECONDS = 180 * DAY_SECONDS  # a clock that is further ahead was wrong
SPREAD_SECONDS = 3.0  # within this time every process of the folder has read the shifts
NOTICEABLE_SECONDS = 1.0  # a smaller difference of the wall clock is not a step
LOCK_SECONDS = 60.0  # a start waits for a process that migrates the database, or hangs in a commit
LOCK_PAUSE_SECONDS = 0.1  # between two tries

# A running clock is never set back: when two processes start it
# at the same time, one of them sets it.
_START = Write(
    "start clock",
    'boot text, "offset" real, saved real, lead int',
    (
        """
        INSERT INTO clock (one, boot, "offset", saved, lead)
        SELECT 1, boot, "offset", saved, lead FROM rows WHERE true
        ON CONFLICT (one) DO UPDATE SET
          "offset" = CASE WHEN clock.boot = excluded.boot
            THEN greatest(clock."offset", excluded."offset") ELSE excluded."offset" END,
          boot = excluded.boot, lead = greatest(clock.lead, excluded.lead)
        """,
    ),
)

# `newest` is the newest known `since`: only the first process stores the row.
_SHIFT = Write(
    "shift clock",
    "since real, shift real, newest real",
    (
        """
        INSERT INTO clock_shifts (since, shift)
        SELECT since, shift FROM rows
        WHERE NOT EXISTS (SELECT 1 FROM clock_shifts AS there WHERE there.since > newest)
        """,
    ),
)

_SAVE = Write("save clock", "now real", ("UPDATE clock SET saved = (SELECT max(now) FROM rows)",))
_KEEP = Write("keep", "now real", ("UPDATE clock SET kept_from = (SELECT max(now) FROM rows)",))


class ClockStore:
    """Resumes the clock at the start, and records changes of the shown time."""

    def __init__(
        self, database: Database, shared: SharedLook | None = None, *, alone: bool = True
    ) -> None:
        """`shared` has the shifts that other processes have stored."""
        self._database = database
        self._shared = shared
        self._alone = alone
        self._kept_from = 0.0  # requests that finished earlier count as finished at this time
        self._started = time.monotonic()
        # whether, by the wall clock, the service was stopped for more than a day
        self._doubtful = False

    async def start(self) -> None:
        """Resume the clock of this folder. Raises DatabaseUnavailable."""
        boot = _boot()
        rows = await self._database.all('SELECT boot, "offset", saved FROM clock')
        shifts = await self._shifts()
        [(newest_id,)] = await self._database.all("SELECT max(id) FROM requests")
        if rows:
            [(booted, offset, saved)] = rows
            by_wall = clock.machine() - (shifts[-1][1] if shifts else 0.0)
            is_same_boot = boot != "" and booted == boot
            now = max(saved, time.monotonic() + offset if is_same_boot else by_wall)
        else:
            # once, for a database of an older version: reads all requests
            [(newest,)] = await self._database.all("SELECT max(created_at) FROM requests")
            is_same_boot, saved, now = False, newest or 0.0, clock.machine()
            if now >= clock.PLAUSIBLE[1]:  # too large for ids
                raise DatabaseUnavailable("The clock of this machine is wrong: set it, then start.")
        self._doubtful = not is_same_boot and 0 < saved < now - DAY_SECONDS
        lead = max(0, microseconds_of_id(newest_id or "") - int(now * 1_000_000))
        await self._write_start((boot, now - time.monotonic(), now, lead))
        [(offset, lead, self._kept_from)] = await self._database.all(
            'SELECT "offset", lead, kept_from FROM clock'
        )
        clock.adopt(offset, shifts)
        continue_ids(newest_id or "", lead)
        is_wrong = clock.step() < -MAX_AHEAD_SECONDS or not clock.plausible(clock.wall())
        if is_wrong or not is_same_boot:
            await self.show_wall_clock()

    async def _write_start(self, row: tuple[object, ...]) -> None:
        """Store the resumed clock; waits for a process that holds the database for a while."""
        deadline = time.monotonic() + LOCK_SECONDS
        while True:
            try:
                await self._database.write(_START, [row])
            except DatabaseUnavailable:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(LOCK_PAUSE_SECONDS)
            else:
                return

    async def show_wall_clock(self) -> bool:
        """Show times by the wall clock as it is now, as soon as all processes know of the change.

        False if that time is implausible, or a change is already pending.
        """
        if self._shared is not None:
            self._shared.forget()
        await self.refresh()
        now, step, shifts = clock.now(), clock.step(), clock.shifts()
        pending = bool(shifts) and shifts[-1][0] > now
        if abs(step) < NOTICEABLE_SECONDS or pending or not clock.plausible(clock.wall() + step):
            return False
        since = now if self._alone else now + SPREAD_SECONDS
        row = (since, clock.shown(now) - now + step, shifts[-1][0] if shifts else 0.0)
        await self._database.write(_SHIFT, [row])
        if self._shared is not None:
            self._shared.forget()
        await self.refresh()
        if self._doubtful and step < 0:
            self._kept_from = now
            await self._database.write(_KEEP, [(now,)])
        return True

    async def refresh(self) -> None:
        """Read the shifts that other processes have stored."""
        shared = self._shared
        shifts = await self._shifts() if shared is None else (await shared.now()).shifts
        clock.adopt(clock.offset(), shifts)

    def can_tell_age(self, seconds: float) -> bool:
        """Whether the clock can be trusted that something finished `seconds` ago.

        Not for a day after a leap in time at the start: the wall clock may still be corrected.
        """
        if clock.now() - seconds <= self._kept_from:
            return False
        running = time.monotonic() - self._started
        return not self._doubtful or running >= min(seconds, DAY_SECONDS)

    @contextlib.asynccontextmanager
    async def saved(self) -> AsyncIterator[None]:
        """Store the time of the clock at the end of the context."""
        try:
            yield
        finally:
            with contextlib.suppress(DatabaseUnavailable):
                await self._database.write(_SAVE, [(clock.now(),)])

    async def _shifts(self) -> tuple[clock.Shift, ...]:
        rows = await self._database.all("SELECT since, shift FROM clock_shifts ORDER BY since")
        return tuple((since, shift) for since, shift in rows)


def _boot() -> str:
    """The id of this boot of the machine; "" if the system has none."""
    try:
        return BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
