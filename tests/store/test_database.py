"""The database: commits are shared and durable, and a failure affects only its own write."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.sql.statements import Write
from service.store.sqlite import checkpoints, migrations
from service.store.sqlite.database import Database
from service.store.sqlite.migrations import connect, migrate
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until

PUT = Write(
    "put",
    "id text, us int, title text",
    (
        """
        INSERT INTO posts (id, created_us, author, title, content)
        SELECT id, us, 'ann', title, '' FROM rows RETURNING id
        """,
    ),
)
OTHER = Write("other", PUT.rows, PUT.statements)


async def titles(database: Database) -> dict[str, str]:
    rows = await database.all("SELECT id, title FROM posts ORDER BY created_us")
    return {str(id_): str(title) for id_, title in rows}


async def pragma(database: Database, statement: str) -> None:
    """Run a PRAGMA on the writer's connection."""
    await database.write(Write("pragma", "", (f"PRAGMA {statement}",)), [])


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process holds the write lock while the context lasts."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _large_posts(first: int) -> list[tuple[str, int, str]]:
    return [(f"p{number}", number, "t" * 3000) for number in range(first, first + 100)]


def stored(path: Path, number: int) -> bool:
    """Wait for so many posts, blocking the event loop; False if they do not appear."""
    deadline = time.monotonic() + 10
    with contextlib.closing(sqlite3.connect(path)) as other:
        while other.execute("SELECT count(*) FROM posts").fetchone() != (number,):
            if time.monotonic() > deadline:
                return False
    return True


def test_a_commit_is_durable(tmp_path: Path) -> None:
    with contextlib.closing(connect(tmp_path / "a.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


async def test_no_commit_waits_for_the_copy_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SECONDS", HANGS_SECONDS)
    async with Database.open(tmp_path / "a.db") as database:
        before = (tmp_path / "a.db").stat().st_size
        for number in range(20):  # 2,000 pages, where SQLite by itself begins to copy at 1,000
            await database.write(PUT, _large_posts(100 * number))
        assert (tmp_path / "a.db").stat().st_size == before


async def test_the_log_is_copied_beside_the_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "CHECKPOINT_SECONDS", 0.0)
    async with Database.open(tmp_path / "a.db") as database:
        await database.write(PUT, [("p1", 1, "t")])
        alone = f"{(tmp_path / 'a.db').as_uri()}?immutable=1"  # without its log

        async def copied() -> bool:
            with (
                contextlib.suppress(sqlite3.DatabaseError),  # it is just being changed
                contextlib.closing(sqlite3.connect(alone, uri=True)) as other,
            ):
                return other.execute("SELECT id FROM posts").fetchall() == [("p1",)]
            return False

        await eventually(copied, "the post is in the database")


async def test_many_writes_share_a_commit(database: Database) -> None:
    writes = [database.write(PUT, [(f"p{n}", n, "t")]) for n in range(500)]
    results = await asyncio.gather(*writes)
    assert len(await titles(database)) == 500
    assert database.commits < 10
    assert database.rows == 500
    assert all((f"p{n}",) in rows for n, [rows] in enumerate(results))


async def test_a_point_read_sees_what_was_just_committed(database: Database) -> None:
    for n in range(50):
        await database.write(PUT, [(f"p{n}", n, "t")])
        assert await database.get("SELECT id FROM posts WHERE id = ?", f"p{n}") == (f"p{n}",)
        assert len(await titles(database)) == n + 1


async def test_a_bad_row_fails_only_its_own_write(database: Database) -> None:
    writes = [database.write(PUT, [(f"p{n}", n % 90, "t")]) for n in range(100)]
    writes.append(database.write(OTHER, [("other", 1000, "t")]))
    results = await asyncio.gather(*writes, return_exceptions=True)
    refused = [n for n, result in enumerate(results) if isinstance(result, RowsRejected)]
    assert refused == list(range(90, 100))  # their created_us exists already
    assert len(await titles(database)) == 91


async def test_the_rows_of_one_caller_are_stored_all_or_none(database: Database) -> None:
    with pytest.raises(RowsRejected, match="UNIQUE"):
        await database.write(PUT, [("a", 1, "t"), ("b", 1, "t")])
    assert await titles(database) == {}


@pytest.mark.parametrize("bad", ["\ud800", object()])
async def test_a_value_that_cannot_be_encoded_is_rejected(database: Database, bad: object) -> None:
    good = database.write(PUT, [("good", 1, "t")])
    with pytest.raises(RowsRejected):
        await database.write(PUT, [("bad", 2, bad)])
    await good
    assert await titles(database) == {"good": "t"}


@pytest.mark.parametrize("text", ["a\0b", "\\u0000", "\\\0\\\\\0", "é 🦊 \u2028 \x1f", "'\"%?"])
async def test_any_text_comes_back_whole(database: Database, text: str) -> None:
    await database.write(PUT, [("p", 1, text)])
    assert await titles(database) == {"p": text.replace("\0", "\ufffd")}


async def test_a_locked_database_is_unavailable_until_it_is_unlocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "BUSY_TIMEOUT_SECONDS", 0.05)
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        with locked(path):
            writes = [database.write(PUT, [(f"p{n}", n, "t")]) for n in range(10)]
            results = await asyncio.gather(*writes, return_exceptions=True)
            assert {type(result) for result in results} == {DatabaseUnavailable}
            assert await titles(database) == {}
        await database.write(PUT, [("after", 1, "t")])
        assert await titles(database) == {"after": "t"}


def test_free_pages_can_be_given_back(tmp_path: Path) -> None:
    migrate(tmp_path / "a.db")
    with contextlib.closing(connect(tmp_path / "a.db")) as connection:
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)  # INCREMENTAL


async def test_opening_needs_no_write_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "BUSY_TIMEOUT_SECONDS", 0.05)
    path = tmp_path / "a.db"
    async with Database.open(path):
        pass
    with locked(path):
        async with Database.open(path) as database:
            assert await titles(database) == {}


async def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        with locked(path):
            write = database.write(PUT, [("p", 1, "t")])
            await asyncio.sleep(0)  # the writer has taken it
        await write
        assert await titles(database) == {"p": "t"}


async def test_the_next_commit_does_not_wait_for_a_busy_loop(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        with locked(path):
            first = database.write(PUT, [("p", 1, "t")])
            await wait_until(lambda: not database._waiting, "it is taken")  # noqa: SLF001 - not visible outside
            second = database.write(PUT, [("q", 2, "t")])
        assert stored(path, 2)  # the event loop has not run
        assert not first.done()
        await asyncio.gather(first, second)
        assert database.commits == 2


async def test_a_write_before_the_loop_sees_a_commit_is_in_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.db"
    looks, has_looked_again = count(1), threading.Event()

    def take(self: Database) -> Any:
        calls = take_calls(self)
        if next(looks) == 2:
            has_looked_again.set()
        return calls

    take_calls = Database._take_calls  # noqa: SLF001 - the writer's looks are not visible outside
    monkeypatch.setattr(Database, "_take_calls", take)
    async with Database.open(path) as database:
        first = database.write(PUT, [("p", 1, "t")])
        await asyncio.sleep(0)
        assert stored(path, 1)
        assert has_looked_again.wait(HANGS_SECONDS)  # the event loop has not run
        second = database.write(PUT, [("q", 2, "t")])
        assert not first.done()
        async with asyncio.timeout(HANGS_SECONDS):
            await asyncio.gather(first, second)


async def test_a_full_disk_stores_no_part_of_a_write(database: Database) -> None:
    await pragma(database, "max_page_count = 40")
    with pytest.raises(DatabaseUnavailable, match="full"):
        await database.write(PUT, [(f"p{n}", n, "t" * 1000) for n in range(1000)])
    assert await titles(database) == {}
    await database.write(PUT, [("small", 1, "t")])
    await pragma(database, "max_page_count = 100000")
    await database.write(PUT, [(f"p{n}", 2 + n, "t" * 1000) for n in range(1000)])
    assert len(await titles(database)) == 1001


async def test_a_temporary_failure_is_logged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "BUSY_TIMEOUT_SECONDS", 0.05)
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        with capture_logs() as log:
            with locked(path):
                for number in range(3):
                    with pytest.raises(DatabaseUnavailable):
                        await database.write(PUT, [("a", number, "A")])
            await database.write(PUT, [("a", 1, "A")])
    assert [line["event"] for line in log] == ["commit failed", "commits succeed again"]


async def test_a_read_only_database_is_unavailable(database: Database) -> None:
    await pragma(database, "query_only = 1")
    with pytest.raises(DatabaseUnavailable, match="readonly"):
        await database.write(PUT, [("p", 1, "t")])
    assert await titles(database) == {}


async def test_a_failed_read_raises_database_unavailable(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="no such table"):
        await database.get("SELECT 1 FROM no_table")
    with pytest.raises(DatabaseUnavailable, match="no such table"):
        await database.all("SELECT 1 FROM no_table")


async def test_closing_commits_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Database.open(path) as database:
        first = database.write(PUT, [("p", 1, "t")])
        await asyncio.sleep(0)
        second = database.write(PUT, [("q", 2, "t")])  # waits for the next commit
    assert first.done()
    assert second.done()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await database.write(PUT, [("r", 3, "t")])
    async with Database.open(path) as database:
        assert list(await titles(database)) == ["p", "q"]


async def test_callbacks_run_before_any_caller_of_the_commit_continues(
    database: Database,
) -> None:
    order: list[str] = []

    async def put(name: str, microsecond: int | None) -> None:
        with contextlib.suppress(RowsRejected):
            row = (name, microsecond, "t")
            await database.write(
                PUT, [row], lambda rows: order.append(f"then {(name,) in rows[0]}")
            )
            order.append(name)

    cancelled = asyncio.ensure_future(put("left", 3))
    putting = asyncio.gather(put("a", 1), put("b", 2), put("bad", None))
    await asyncio.sleep(0)  # all writes are queued
    cancelled.cancel()
    await putting
    assert sorted(order[:3]) == ["then True"] * 3
    assert sorted(order[3:]) == ["a", "b"]


async def test_a_failing_callback_affects_no_other_caller(database: Database) -> None:
    def fail(_rows: object) -> None:
        raise ZeroDivisionError

    with capture_logs() as lines:
        first = database.write(PUT, [("a", 1, "t")], fail)
        await asyncio.gather(first, database.write(PUT, [("b", 2, "t")]))
    assert [line["event"] for line in lines] == ["handler failed"]
    assert list(await titles(database)) == ["a", "b"]


async def test_a_cancelled_caller_affects_no_other(database: Database) -> None:
    leaving, staying = (database.write(PUT, [(id_, n, "t")]) for n, id_ in enumerate("ab"))
    leaving.cancel()
    await staying
    assert list(await titles(database)) == ["a", "b"]


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
async def test_a_file_that_is_not_a_database_is_rejected(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "a.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(DatabaseUnavailable, match=r"The database .*a\.db cannot be used"):
        async with Database.open(path):
            pytest.fail("it must not open")
