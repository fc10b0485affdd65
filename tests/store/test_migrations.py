"""Schema versions: released files never change, and every older data folder opens."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.store.errors import DatabaseUnavailable
from service.store.sqlite import migrations
from service.store.sqlite.database import Database
from service.store.sqlite.migrations import connect, migrate
from tests.support.running import command, running_service
from tests.support.saved_databases import SIMULATED, restore
from tests.support.waiting import eventually

VERSIONS = range(1, len(migrations.MIGRATIONS) + 1)
OBJECTS = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name"


def version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def schema(path: Path) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(OBJECTS).fetchall()


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The migrations, to which a test may add files."""
    files = [*migrations.MIGRATIONS]
    monkeypatch.setattr(migrations, "MIGRATIONS", files)
    return files


# --------------------------------------------------------------------- data of users


@pytest.mark.parametrize("before", VERSIONS)
async def test_a_data_folder_of_every_version_opens(tmp_path: Path, before: int) -> None:
    database = tmp_path / "data" / "feedmill.db"
    restore(before, database)
    assert "ann" in command(tmp_path, "keys", "list").stdout
    settings = (*SIMULATED, "retention.results=0")  # the saved database gets older and older
    async with running_service(tmp_path, *settings) as service, ClientSession(service.url) as http:

        async def requests() -> dict[str, Any] | None:
            async with http.get("/content?limit=100") as answer:
                found = {row["prompt"]: row for row in (await answer.json())["requests"]}
            ended = all(row["status"] not in {"queued", "generating"} for row in found.values())
            return found if ended else None

        found = await eventually(requests, "all requests are final")
        assert {prompt: row["status"] for prompt, row in found.items()} == {
            "a slogan for a bakery": "completed",
            "a rainy morning in Lisbon": "completed",
            "a poem": "completed",
            "a cube": "failed",
            "begun": "completed",  # these two were unfinished
            "waiting": "completed",
            "late": "expired",
            "unwanted": "cancelled",
        }
        async with http.post("/feed", data={"user-id": "ann"}) as answer:
            [post] = await answer.json()
        # the prompt up to version 6, then the first sentence of the text
        assert post["title"].endswith("a rainy morning in Lisbon")
        poem = found["a poem"]["id"]
        async with http.get(f"/content/{poem}/deliveries") as answer:
            assert (await answer.json())["deliveries"][0]["url"] == "https://receiver.example/hook"
        again = {"tag": "text", "prompt": "a slogan for a bakery"}
        bakery = {"Idempotency-Key": "bakery"}
        async with http.post("/content", data=again, headers=bakery) as answer:
            assert (await answer.json())["RequestId"] == found["a slogan for a bakery"]["id"]
        async with http.post("/dead-letters/redrive") as answer:
            assert answer.status < 300
        found = await eventually(requests, "the dead letter is final")
        assert found["a cube"]["status"] == "completed"
    assert version(database) == len(migrations.MIGRATIONS)


@pytest.mark.parametrize("before", VERSIONS)
def test_a_version_never_changes(tmp_path: Path, before: int, versions: list[Path]) -> None:
    """If this fails, a released file was edited, or no database was saved for a new version."""
    restore(before, tmp_path / "saved.db")
    del versions[before:]
    migrate(tmp_path / "made.db")
    assert schema(tmp_path / "made.db") == schema(tmp_path / "saved.db")


async def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseUnavailable, match="version 99, newer than this program's"):
        async with Database.open(path):
            pytest.fail("it must not open")
    assert version(path) == 99


def test_a_command_refuses_a_newer_database_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    result = command(tmp_path, "keys", "list")
    assert result.returncode == 1
    assert "is of version 99, newer than" in result.stderr
    assert result.stderr.count("\n") == 1


# --------------------------------------------------------------------- the mechanism


def test_migration_continues_from_the_present_version(tmp_path: Path, versions: list[Path]) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    assert version(path) == len(versions)
    migrate(path)
    more = tmp_path / "more.sql"
    more.write_text("ALTER TABLE posts ADD COLUMN likes INTEGER;")
    versions.append(more)
    migrate(path)
    assert version(path) == len(versions)


def test_a_failed_migration_keeps_the_previous_version(
    tmp_path: Path, versions: list[Path]
) -> None:
    path = tmp_path / "a.db"
    migrate(path)
    before = version(path)
    broken = tmp_path / "broken.sql"
    broken.write_text("CREATE TABLE extra (a); INSERT INTO no_table VALUES (1);")
    versions.append(broken)
    with pytest.raises(DatabaseUnavailable, match="no such table: no_table"):
        migrate(path)
    assert version(path) == before
    broken.write_text("CREATE TABLE extra (a);")
    migrate(path)
    assert version(path) == before + 1


def test_a_migration_can_have_any_sql(tmp_path: Path, versions: list[Path]) -> None:
    script = tmp_path / "script.sql"
    script.write_text("""
        -- a comment; with a semicolon
        CREATE TABLE notes (text DEFAULT 'a;b' /* ; */);
        CREATE TRIGGER twice AFTER INSERT ON notes WHEN new.text = 'a;b' BEGIN
          INSERT INTO notes VALUES ('c;');
          INSERT INTO notes VALUES ('--d');
        END;
        INSERT INTO notes DEFAULT VALUES; -- the last one; ends here
    """)
    versions.append(script)
    migrate(tmp_path / "a.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        rows = connection.execute("SELECT text FROM notes ORDER BY text").fetchall()
    assert rows == [("--d",), ("a;b",), ("c;",)]


def test_an_incomplete_statement_is_refused(tmp_path: Path, versions: list[Path]) -> None:
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE notes (text);\nCREATE TABLE more (text")
    versions.append(script)
    with pytest.raises(DatabaseUnavailable, match="incomplete input"):
        migrate(tmp_path / "a.db")


def test_simultaneous_migrations_run_once(tmp_path: Path, versions: list[Path]) -> None:
    counting = tmp_path / "counting.sql"
    counting.write_text(
        "CREATE TABLE IF NOT EXISTS runs (n); INSERT INTO runs VALUES (1);"  # works twice
    )
    versions.append(counting)
    for attempt in range(5):
        path = tmp_path / f"{attempt}.db"
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(migrate, [path] * 8)) == [None] * 8
        assert version(path) == len(versions)
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)


async def test_an_unusable_connection_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []

    class Recorded(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            opened.append(self)

    def record(*arguments: Any, **options: Any) -> sqlite3.Connection:
        return Recorded(*arguments, **options)

    (tmp_path / "a.db").write_bytes(b"no database at all" * 100)
    monkeypatch.setattr(sqlite3, "connect", record)
    with pytest.raises(sqlite3.DatabaseError):
        await asyncio.to_thread(connect, tmp_path / "a.db")
    [connection] = opened
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
