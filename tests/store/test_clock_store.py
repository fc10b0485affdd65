"""The clock of a folder in SQLite: it starts although another process holds the database."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.clock import _Clock, now, shown
from service.store.errors import DatabaseUnavailable
from service.store.sql import clock
from service.store.sql.clock import ClockStore
from service.store.sql.statements import Write
from service.store.sqlite import migrations
from tests.support.databases import open_database
from tests.support.waiting import wait_until

pytestmark = pytest.mark.over_both_engines


@pytest.mark.of_sqlite
async def test_a_start_waits_for_a_process_that_holds_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "BUSY_TIMEOUT_SECONDS", 0.05)
    async with open_database(tmp_path) as database:
        with closing(sqlite3.connect(tmp_path / "feedmill.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with capture_logs() as log:
                start = asyncio.create_task(ClockStore(database).start())
                await wait_until(lambda: "commit failed" in str(log), "the clock was refused")
            assert not start.done()
            other.execute("ROLLBACK")
            await start


@pytest.mark.of_sqlite
async def test_a_start_gives_up_when_the_database_stays_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "BUSY_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(clock, "LOCK_SECONDS", 0.0)
    async with open_database(tmp_path) as database:
        with closing(sqlite3.connect(tmp_path / "feedmill.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseUnavailable, match="locked"):
                await ClockStore(database).start()


async def test_without_an_id_of_the_boot_every_start_may_follow_a_reboot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "BOOT", tmp_path / "missing")
    for name in ("offset", "shifts"):  # so that they are as before at the end
        monkeypatch.setattr(_Clock, name, getattr(_Clock, name))
    async with open_database(tmp_path) as database:
        store = ClockStore(database)
        await store.start()
        async with store.saved():
            pass
        an_hour = time.time() + 3600
        monkeypatch.setattr("time.time", lambda: an_hour)  # the machine was off for an hour
        await ClockStore(database).start()
        assert now() == pytest.approx(an_hour, abs=60)


async def test_shifts_apply_in_the_order_of_their_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Clock, "shifts", ())
    async with open_database(tmp_path) as database:
        store = ClockStore(database)
        sql = "INSERT INTO clock_shifts (since, shift) SELECT since, shift FROM rows"
        shifts = Write("shifts", "since real, shift real", (sql,))
        await database.write(shifts, [(300.0, 3.0), (100.0, 1.0), (200.0, 2.0)])
        await store.refresh()
        assert [shown(moment) - moment for moment in (50.0, 150.0, 250.0, 350.0)] == [0, 1, 2, 3]
