"""Retention: a batch at a time, at a price that does not depend on how much is waiting."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from service.messages import Generated, Origin, id_of_time, new_id
from service.store.media import SHELVES, Media
from service.store.sql import retention as module
from service.store.sql.migrations import connect
from service.store.sql.request_records import Request
from service.store.sql.requests import Requests
from service.store.sql.retention import Retention
from service.store.sqlite.database import Database

DAY = 86400.0


def fill(path: Path, count: int) -> None:
    """So many requests, finished a day ago and earlier, each with a part and a failure."""
    began = time.time() - 2 * DAY
    ids = [f"{id_of_time(began + n / 1000)}{'0' * 32}" for n in range(count)]
    with contextlib.closing(connect(path)) as connection:
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO requests (id, tag, prompt, seed, status, created_at, finished_at)"
            " VALUES (?, 'text', 'p', 1, 'completed', ?, ?)",
            [(id_, began, began) for id_ in ids],
        )
        connection.executemany(
            "INSERT INTO parts (request_id, kind, status) VALUES (?, 'text', 'completed')",
            [(id_,) for id_ in ids],
        )
        connection.executemany(
            "INSERT INTO failures VALUES (?, 'text', 1, 1, 1, 'w', 'g', 'r')",
            [(id_,) for id_ in ids],
        )
        connection.execute("COMMIT")


async def left(database: Database) -> list[int]:
    """How many requests, parts and failures there are."""
    [counts] = await database.all(
        "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM parts),"
        " (SELECT count(*) FROM failures)"
    )
    return list(counts)


async def test_a_batch_takes_all_that_belongs_to_the_oldest_requests(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_REQUESTS", 20)
    fill(tmp_path / "feedmill.db", 50)
    retention = Retention(database, Media(tmp_path / "media"), Requests(database).removed)
    oldest = await database.all("SELECT id FROM requests ORDER BY id LIMIT 20")
    for removed, rest in ((20, 30), (20, 10), (10, 0), (0, 0)):
        assert await retention.purge(DAY) == removed
        assert await left(database) == [rest] * 3
        assert not {id_ for (id_,) in oldest} & {
            id_ for (id_,) in await database.all("SELECT request_id FROM parts")
        }


def steps(path: Path, count: int) -> int:
    """What a batch costs when so many requests are waiting: thousands of SQLite's own steps."""
    fill(path, count)
    before = time.time() - DAY
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    row = f'[["{id_of_time(before)}", {before}, {module.BATCH_REQUESTS}]]'
    with contextlib.closing(connect(path)) as connection:
        connection.set_progress_handler(step, 1000)
        for statement in module._PURGE.statements:  # noqa: SLF001 - the price does not show outside
            connection.execute(statement, (row,)).fetchall()
    return taken


async def test_the_price_of_a_batch_does_not_follow_what_is_waiting(
    database: Database, tmp_path: Path
) -> None:
    del database  # made, with its schema
    few = steps(tmp_path / "feedmill.db", module.BATCH_REQUESTS)
    assert steps(tmp_path / "feedmill.db", 50 * module.BATCH_REQUESTS) < 2 * few


async def test_old_pictures_that_nobody_shows_are_swept_away(
    database: Database, tmp_path: Path
) -> None:
    media = Media(tmp_path / "media")
    requests = Requests(database)
    shown = await media.save(b"shown", "image/png", "shown")
    unclaimed = await media.save(b"unclaimed", "image/png", "unclaimed")
    young = await media.save(b"young", "image/png", "young")
    request = Request(new_id(), "image", "shown", 7, time.time(), {})
    await requests.accept(request)
    origin = Origin("g", "w", 0.0, 0.0)
    await requests.settle([Generated(request.id, "image", 1, origin, image_uri=shown)], [None])
    for uri in (shown, unclaimed):
        path = media.path(uri.split("/")[2], "png")
        assert path is not None
        os.utime(path, (0, 0))
    retention = Retention(database, media, requests.removed)
    assert sum([await retention.sweep() for _ in range(SHELVES)]) == 1
    left = {path.stem for path in (tmp_path / "media").rglob("*.png")}
    assert left == {shown.split("/")[2], young.split("/")[2]}
