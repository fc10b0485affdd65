"""The clock of a folder in SQLite: it starts although another process holds the database."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.store.errors import DatabaseUnavailable
from service.store.sql import clock, migrations
from service.store.sql.clock import ClockStore
from tests.support.databases import open_database
from tests.support.waiting import wait_until


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
