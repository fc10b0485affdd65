"""Writes many requests into the SQLite of a stopped service, and counts completed ones."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from benchmarks.contenders import SIMULATED, running

# ids and columns as in the service: 13 hex digits of microseconds, 32 random ones
_REQUESTS = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO requests (id, tag, prompt, seed, status, created_at, started_at, finished_at)
SELECT printf('%013x', :first + i) || lower(hex(randomblob(16))), 'text', 'older job ' || i, i,
       :status, (:first + i) / 1e6, :finished, :finished
FROM n
"""
_PARTS = """
INSERT INTO parts (request_id, kind, status, attempts, text, origin)
SELECT id, 'text', 'completed', 1, 'generated text for ' || prompt,
       '{"generator":"simulated","worker":"a.text-1","started_at":1.0,"seconds":0.1}'
FROM requests WHERE status = 'completed'
"""
_DONE = """
SELECT count(*) FROM requests JOIN parts ON request_id = id
WHERE prompt GLOB 'older job *' AND requests.status = 'completed'
  AND text = 'generated text for ' || prompt
"""
_COMPLETED = """
SELECT count(*) FROM requests
WHERE tag = ? AND status = 'completed' AND finished_at BETWEEN ? AND ?
"""


async def unfinished(folder: Path, count: int) -> None:
    """Write so many waiting requests, as after a crash with an empty Redis."""
    await _write(folder, count, "queued")


async def finished(folder: Path, count: int) -> None:
    """Write so many requests that were completed in the last minutes."""
    await _write(folder, count, "completed")


def done(folder: Path) -> int:
    """How many of these requests are completed with the right text."""
    with closing(sqlite3.connect(folder / "data" / "feedmill.db", timeout=30)) as database:
        [count] = database.execute(_DONE).fetchone()
    return int(count)


def completed(folder: Path, tag: str, since: float, until: float) -> int:
    """How many requests were completed in this time (seconds since the epoch)."""
    with closing(sqlite3.connect(folder / "data" / "feedmill.db", timeout=30)) as database:
        [count] = database.execute(_COMPLETED, (tag, since, until)).fetchone()
    return int(count)


async def _write(folder: Path, count: int, status: str) -> None:
    async with running("service", folder, *SIMULATED):
        pass  # a start creates the schema
    now = time.time()
    values = {
        "count": count,
        "status": status,
        "first": int((now - 60) * 1_000_000) - count,
        "finished": now if status == "completed" else None,
    }
    with closing(sqlite3.connect(folder / "data" / "feedmill.db")) as database, database:
        database.execute(_REQUESTS, values)
        if status == "completed":
            database.execute(_PARTS)
