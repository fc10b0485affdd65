"""Databases as each version of the schema left them, and the command that saves the newest one.

    python -m tests.support.saved_databases

writes `tests/store/databases/version-<n>.sql` with the present program: one request in every state,
a post, a webhook, API keys. Run it once, when a new version of the schema is added.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from aiohttp import ClientSession

from service.store.sql import migrations
from tests.support.running import Running, command, running_service, spawn
from tests.support.waiting import eventually

SAVED = Path(__file__).parents[1] / "store" / "databases"
SIMULATED = ("text.generator=simulated", "image.generator=simulated", "auth.required=false")
_SQL_OF_INDEX = "SELECT sql FROM sqlite_schema WHERE name = 'request_words'"
_ROWS_OF_INDEX = """
SELECT format('INSERT INTO request_words (rowid, marks, prompt, text) VALUES (%d, %Q, %Q, %s);',
              rowid, marks, prompt, quote(text))
FROM request_words ORDER BY rowid
"""
_IS_INDEX = re.compile("""(INSERT INTO|CREATE TABLE) ["']request_words""")


def saved(version: int) -> Path:
    """The file of a version."""
    return SAVED / f"version-{version}.sql"


def restore(version: int, database: Path) -> None:
    """Make a database as that version left it."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.executescript(saved(version).read_text(encoding="utf-8"))


async def _send(service: Running, **parameters: str) -> str:
    headers = {"Idempotency-Key": parameters.pop("once")} if "once" in parameters else {}
    async with (
        ClientSession(service.url) as client,
        client.post("/content", data=parameters, headers=headers) as answer,
    ):
        return str((await answer.json())["RequestId"])


async def _becomes(service: Running, id_: str, status: str) -> None:
    async def is_so() -> bool:
        async with ClientSession(service.url) as client, client.get(f"/content/{id_}") as answer:
            return bool((await answer.json())["status"] == status)

    await eventually(is_so, f"{id_} is {status}")


async def _fill(folder: Path) -> None:
    command(folder, "keys", "create", "ann", "--yes")
    command(folder, "keys", "create", "bob")
    command(folder, "keys", "revoke", "bob")
    async with running_service(folder, *SIMULATED) as service:
        done = [
            await _send(service, tag="text", prompt="a slogan for a bakery", once="bakery"),
            await _send(
                service,
                tag="instagram",
                prompt="a rainy morning in Lisbon",
                publish="true",
                **{"user-id": "ann"},
            ),
            await _send(
                service, tag="text", prompt="a poem", webhook="https://receiver.example/hook"
            ),
        ]
        for id_ in done:
            await _becomes(service, id_, "completed")
    failing = (*SIMULATED, "image.simulated.failure_rate=1", "image.attempts=1")
    async with running_service(folder, *failing) as service:
        await _becomes(service, await _send(service, tag="image", prompt="a cube"), "failed")
    busy = await spawn(folder, *SIMULATED, "text.simulated.delay=60", "text.workers=1")
    busy.url = (await busy.logged("ready"))["url"]
    begun = await _send(busy, tag="text", prompt="begun")
    await _becomes(busy, begun, "generating")
    await _send(busy, tag="text", prompt="waiting")
    late = await _send(busy, tag="text", prompt="late", **{"start-by": "0.1"})
    unwanted = await _send(busy, tag="text", prompt="unwanted")
    async with ClientSession(busy.url) as client:
        await client.delete(f"/content/{unwanted}")
    await _becomes(busy, unwanted, "cancelled")
    await _becomes(busy, late, "expired")
    await busy.kill()


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    """The dump, with the full-text index as a program would make it, not table by table."""
    for statement in connection.iterdump():
        if statement.startswith("INSERT INTO sqlite_master"):
            yield connection.execute(f"{_SQL_OF_INDEX};").fetchone()[0] + ";"
            yield from (row for (row,) in connection.execute(_ROWS_OF_INDEX))
        elif "writable_schema" not in statement and not _IS_INDEX.match(statement):
            yield statement


def _dump(database: Path) -> str:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        lines = [*_statements(connection)]
        [version] = connection.execute("PRAGMA user_version").fetchone()
    return "\n".join([*lines, f"PRAGMA user_version = {version};", ""])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_fill(Path(folder)))
        SAVED.mkdir(exist_ok=True)
        saved(len(migrations.MIGRATIONS)).write_text(
            _dump(Path(folder) / "data" / "feedmill.db"), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
