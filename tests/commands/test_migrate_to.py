"""`run.py migrate-to`: everything from SQLite is in PostgreSQL, or nothing."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service.store.data_folder import claimed
from service.store.sql.migrations import MIGRATIONS
from tests.support.postgres import Cluster
from tests.support.running import command, running_service
from tests.support.saved_databases import restore
from tests.support.waiting import eventually

FIELDS = {"prompt": "rain in Zürich", "tag": "text", "user-id": "ann", "publish": "true"}
SETTINGS = ("text.generator=simulated", "image.generator=simulated", "auth.required=false")


@pytest.fixture
async def url(postgres_cluster: Cluster) -> AsyncIterator[str]:
    made = await postgres_cluster.make_empty()
    yield made
    await postgres_cluster.drop(made)


def migrate(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    return command(folder, "migrate-to", url)


def rows_in(file: Path) -> dict[str, int]:
    """The number of rows of each table, but for those of the search."""
    with contextlib.closing(sqlite3.connect(file)) as database:
        names = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("sqlite_", "request_words", "unindexed_", "search_mark"))
        ]
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names
        }


async def test_a_service_goes_on_over_postgres_with_all_that_it_had(
    tmp_path: Path, url: str, postgres_cluster: Cluster
) -> None:
    file = tmp_path / "data" / "feedmill.db"
    restore(len(MIGRATIONS) - 1, file)  # of the version before: it is migrated first
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        [(published,), *_] = database.execute("SELECT id FROM posts")
        for number in (7, 9):
            row = (number, f"author {number}", "ann")
            database.execute("INSERT INTO feed_addresses VALUES (?, ?, ?)", row)
        database.execute("DELETE FROM feed_addresses WHERE number = 9")
        database.execute("INSERT INTO follows (user_id, author, created_at) VALUES ('a', 'b', 1)")
        database.execute("UPDATE posts SET content = 'a' || char(0) || 'b'")
    done = migrate(tmp_path, url)
    assert done.returncode == 0, done.stderr
    shown = [line.split() for line in done.stdout.splitlines() if len(line.split()) == 2]
    assert {name: int(count) for count, name in shown} == rows_in(file)
    connection = await postgres_cluster.connect(url.rpartition("/")[2])
    assert await connection.fetchval("SELECT content FROM posts") == "a\ufffdb"
    # a trigger that would have counted the copied follow again
    assert (
        await connection.fetchval("SELECT followers FROM follower_counts WHERE author = 'b'") == 1
    )
    insert = "INSERT INTO feed_addresses (author, owner) VALUES ('c', 'ann') RETURNING number"
    assert await connection.fetchval(insert) == 10  # 9 was in use once
    await connection.close()
    async with (
        running_service(tmp_path, *SETTINGS, f"database.url={url}") as service,
        ClientSession(service.url) as http,
    ):
        async with http.get(f"/content/{published}") as answer:
            assert (await answer.json())["status"] == "completed"

        async def is_found() -> bool:
            async with http.get("/content", params={"status": "completed"}) as answer:
                return len((await answer.json())["requests"]) > 1

        await eventually(is_found, "it is listed")
        async with http.post("/content", data=FIELDS) as answer:
            new = (await answer.json())["RequestId"]
        async with http.get(f"/content/{new}?wait=60") as answer:
            assert (await answer.json())["status"] == "completed"
        assert new > published
    again = migrate(tmp_path, url)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    assert "nothing was copied" in again.stderr


async def test_what_cannot_be_copied_is_said(tmp_path: Path, url: str) -> None:
    missing = migrate(tmp_path, url)
    assert (missing.returncode, "There is no database" in missing.stderr) == (1, True)
    restore(len(MIGRATIONS), tmp_path / "data" / "feedmill.db")
    with claimed(tmp_path / "data", alone=False):
        in_use = migrate(tmp_path, url)
    assert (in_use.returncode, "already uses the data folder" in in_use.stderr) == (1, True)
    away = migrate(tmp_path, "postgresql://postgres@127.0.0.1:1/feedmill")
    assert (away.returncode, "No host of PostgreSQL" in away.stderr) == (1, True)
