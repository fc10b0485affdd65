"""Retention: removes in batches, at a cost that does not depend on the backlog."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.messages import AnyMessage, Generated, Origin
from service.request_ids import id_of_time, new_id
from service.store.database import Database
from service.store.media import claims
from service.store.media.claims import PictureClaims
from service.store.media.folder import MediaFolder
from service.store.media.names import SHARD_COUNT, PictureName
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Streams
from service.store.sql import retention as module
from service.store.sql.feeds.posts import Posts, UnpublishedPost
from service.store.sql.feeds.scheduled_posts import ScheduledPosts
from service.store.sql.requests.request_notes import RequestNotes
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from service.store.sql.retention import Retention
from service.store.sql.statements import Write
from service.store.sqlite.dialect import render
from service.store.sqlite.migrations import connect
from tests.support.outside import unused_url

pytestmark = pytest.mark.over_both_engines

DAY = 86400.0


FILL = Write(
    "fill",
    "id text, at real",
    (
        """
        INSERT INTO requests (id, tag, prompt, seed, status, created_at, finished_at)
        SELECT id, 'text', 'p', 1, 'completed', at, at FROM rows
        """,
        "INSERT INTO parts (request_id, kind, status) SELECT id, 'text', 'completed' FROM rows",
        "INSERT INTO failures SELECT id, 'text', 1, 1, 1, 'w', 'g', 'r' FROM rows",
    ),
)


async def fill(database: Database, count: int) -> None:
    """Add requests that finished over a day ago, each with a part and a failure."""
    began = time.time() - 2 * DAY
    ids = [f"{id_of_time(began + n / 1000)}{'0' * 32}" for n in range(count)]
    await database.write(FILL, [(id_, began) for id_ in ids])


async def left(database: Database) -> list[int]:
    """The numbers of requests, parts and failures."""
    [counts] = await database.all(
        "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM parts),"
        " (SELECT count(*) FROM failures)"
    )
    return list(counts)


async def test_a_batch_removes_all_rows_of_the_oldest_requests(
    database: Database, retention: Retention, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH_REQUESTS", 20)
    await fill(database, 50)
    oldest = await database.all("SELECT id FROM requests ORDER BY id LIMIT 20")
    for removed, rest in ((20, 30), (20, 10), (10, 0), (0, 0)):
        assert await retention.purge(DAY) == removed
        assert await left(database) == [rest] * 3
        assert not {id_ for (id_,) in oldest} & {
            id_ for (id_,) in await database.all("SELECT request_id FROM parts")
        }


def steps(path: Path) -> int:
    """The cost of a batch with so many requests to remove, in thousands of SQLite steps."""
    before = time.time() - DAY
    steps_done = 0

    def step() -> int:
        nonlocal steps_done
        steps_done += 1
        return 0

    row = f'[["{id_of_time(before)}", {before}, {module.BATCH_REQUESTS}]]'
    with contextlib.closing(connect(path)) as connection:
        connection.set_progress_handler(step, 1000)
        purge = module._PURGE  # noqa: SLF001 - the cost does not show outside
        for statement in purge.statements:
            connection.execute(render(statement, purge.rows), (row,)).fetchall()
    return steps_done


@pytest.mark.of_sqlite
async def test_the_cost_of_a_batch_does_not_grow_with_the_backlog(
    database: Database, tmp_path: Path
) -> None:
    await fill(database, module.BATCH_REQUESTS)
    few = steps(tmp_path / "feedmill.db")
    await fill(database, 50 * module.BATCH_REQUESTS)
    assert steps(tmp_path / "feedmill.db") < 2 * few


async def test_a_request_stays_until_its_end_is_published(
    database: Database, retention: Retention
) -> None:
    await fill(database, 3)
    requests = Requests(database)
    [[pending], *_] = await database.all("SELECT id FROM requests ORDER BY id")
    notice = Write(
        "notice", "id text", ("UPDATE requests SET notice = 1 WHERE id IN (SELECT id FROM rows)",)
    )
    await database.write(notice, [(pending,)])
    assert await retention.purge(DAY) == 2
    assert await database.all("SELECT id FROM requests") == [(pending,)]
    assert await left(database) == [1] * 3
    await requests.mark_noticed([pending])
    assert await retention.purge(DAY) == 1


async def test_retention_counts_from_the_end_of_a_request(
    database: Database, retention: Retention
) -> None:
    await fill(database, 3)
    [[late], *_] = await database.all("SELECT id FROM requests ORDER BY id")
    late_end = "UPDATE requests SET finished_at = rows.at FROM rows WHERE requests.id = rows.id"
    end = Write("end", "id text, at real", (late_end,))
    await database.write(end, [(late, time.time())])
    assert await retention.purge(DAY) == 2
    assert await database.all("SELECT id FROM requests") == [(late,)]
    assert await left(database) == [1] * 3


@pytest.mark.parametrize(
    "row",
    [
        "events (request_id, seq, name, data) SELECT id, 1, 'started', '{}'",
        "idempotency (owner, key, digest, request_id) SELECT '', id, 'digest', id",
        "deliveries (request_id, event, url, body, ended_at) SELECT id, 1, 'u', '{}', 1",
        "delivery_attempts SELECT id, 1, 2, 3, 4, 200, NULL",
    ],
)
async def test_only_rows_of_the_removed_request_are_removed_with_it(
    database: Database, retention: Retention, row: str
) -> None:
    await fill(database, 1)
    [[old]] = await database.all("SELECT id FROM requests")
    young = new_id()
    insert = Write("insert", "id text", (f"INSERT INTO {row} FROM rows",))
    await database.write(insert, [(old,), (young,)])
    assert await retention.purge(DAY) == 1
    table = row.partition(" ")[0]
    assert await database.all(f"SELECT request_id FROM {table}") == [(young,)]


async def test_an_endpoint_is_removed_with_its_last_delivery(
    database: Database, retention: Retention
) -> None:
    await fill(database, 2)
    old, other = [id_ for (id_,) in await database.all("SELECT id FROM requests ORDER BY id")]
    young = new_id()
    deliveries = {"gone": [old, other], "shared": [old, young], "young": [young], "pending": []}
    endpoints = "INSERT INTO endpoints (url) SELECT url FROM rows"
    await database.write(Write("urls", "url text", (endpoints,)), [(url,) for url in deliveries])
    insert = """
    INSERT INTO deliveries (request_id, event, url, body, ended_at)
    SELECT id, event, url, '{}', 1 FROM rows"""
    await database.write(
        Write("deliveries", "id text, event int, url text", (insert,)),
        [(id_, event, url) for event, url in enumerate(deliveries) for id_ in deliveries[url]],
    )
    assert await retention.purge(DAY) == 2
    kept = {url for (url,) in await database.all("SELECT url FROM endpoints")}
    assert kept == {"shared", "young", "pending"}
    assert await database.all("SELECT DISTINCT request_id FROM deliveries") == [(young,)]


# ------------------------------------------------------------------------------- pictures


@pytest.fixture
def media(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


@pytest.fixture
def retention(database: Database, media: MediaFolder, streams: Streams) -> Retention:
    return Retention(database, media, streams, Requests(database).removed)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Claims end at once, while the deadline for a removal stays as it is."""
    monkeypatch.setattr(PictureClaims, "release", _release_at_once)


def _release_at_once(self: PictureClaims, name: str, seconds: float | None = None) -> None:
    del seconds
    RELEASE(self, name, 0.0)


RELEASE = PictureClaims.release


async def swept(retention: Retention) -> None:
    for _ in range(SHARD_COUNT):
        await retention.sweep()


def there(tmp_path: Path) -> set[str]:
    """The digests of the remaining pictures."""
    return {path.stem for path in (tmp_path / "media").glob("??/*")}


def digest_of(uri: str) -> str:
    return uri.split("/")[2]


def result(id_: str, uri: str) -> Generated:
    return Generated(id_, "image", 1, Origin("g", "w", 0.0, 0.0), image_uri=uri)


async def shown(database: Database, uri: str) -> str:
    """Store a completed request with this picture; returns its id."""
    request = Request(new_id(), "image", "shown", 7, time.time(), {})
    requests = Requests(database)
    await requests.accept(request)
    await requests.settle([result(request.id, uri)], [None])
    return request.id


@pytest.mark.parametrize("age", [-(10**9), 0, 10**9])
@pytest.mark.usefixtures("soon")
async def test_unwanted_pictures_are_removed_at_any_age(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path, age: float
) -> None:
    kept = await media.save(b"shown", "image/png", "shown")
    await shown(database, kept)
    for uri in (kept, await media.save(b"unwanted", "image/webp", "unwanted")):
        media.release(uri)
        path = await media.file(digest_of(uri), uri.rpartition(".")[2])
        assert path is not None
        os.utime(path, (time.time() + age,) * 2)
    await swept(retention)
    assert there(tmp_path) == {digest_of(kept)}


@pytest.mark.usefixtures("soon")
async def test_the_picture_of_a_scheduled_post_stays_until_that_is_cancelled(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    uri = await media.save(b"picture", "image/png", "planned")
    scheduled = ScheduledPosts(database)
    later_us = int((time.time() + DAY) * 1_000_000)
    await scheduled.schedule(UnpublishedPost("post", "ann", "Title", "Words.", uri), later_us, 1)
    media.release(uri)
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}
    await scheduled.cancel("post")
    await swept(retention)
    assert there(tmp_path) == set()


async def asked_with(database: Database, uri: str) -> str:
    """Store a completed request that was made from this picture; returns its id."""
    request = Request(new_id(), "image", "from a picture", 7, time.time(), {"image": uri})
    requests = Requests(database)
    await requests.accept(request)
    await requests.settle([result(request.id, "https://elsewhere.example/x.png")], [None])
    return request.id


def files(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "media").glob("??/*")}


@pytest.mark.over_both_engines
@pytest.mark.usefixtures("soon")
async def test_an_input_picture_stays_as_long_as_a_request_has_it(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    uri = await media.save_input(b"private", "image/png")
    public = await media.save(b"private", "image/png", "the same content")
    first, second = await asked_with(database, uri), await asked_with(database, uri)
    of_public = await asked_with(database, public)
    orphan = await media.save_input(b"no request has it", "image/png")
    for each in (uri, public, orphan):
        media.release(each)
    await swept(retention)
    private = f"{digest_of(uri)}.input"
    assert files(tmp_path) == {private, f"{digest_of(uri)}.png"}
    await retention.remove([of_public])
    assert files(tmp_path) == {private}  # the public file does not stay for the private one
    await retention.remove([first])
    assert files(tmp_path) == {private}
    await retention.remove([second])
    assert files(tmp_path) == set()
    assert await database.all("SELECT * FROM input_pictures") == []


@pytest.mark.usefixtures("soon")
async def test_requests_are_removed_on_demand_with_the_pictures_that_no_post_shows(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    uris = [await media.save(name.encode(), "image/png", name) for name in ("shown", "alone")]
    ids = [await shown(database, uri) for uri in uris]
    await Posts(database).publish([UnpublishedPost(ids[0], "ann", "Title", "Words.", uris[0])])
    await RequestNotes(database).set(ids[1], "For Ann.")
    for uri in uris:
        media.release(uri)
    unfinished = Request(new_id(), "image", "unfinished", 7, time.time(), {})
    await Requests(database).accept(unfinished)
    assert await retention.remove([*ids, unfinished.id]) == 2
    assert there(tmp_path) == {digest_of(uris[0])}
    assert await database.all("SELECT id FROM requests") == [(unfinished.id,)]
    assert await RequestNotes(database).get(ids[1]) is None
    assert await retention.remove(ids) == 0


async def test_of_concurrent_removals_one_removes_a_request(
    database: Database, media: MediaFolder, retention: Retention
) -> None:
    id_ = await shown(database, await media.save(b"picture", "image/png", "p"))
    removals = await asyncio.gather(*(retention.remove([id_]) for _ in range(3)))
    assert sorted(removals) == [0, 0, 1]


@pytest.mark.usefixtures("soon")
async def test_a_picture_in_hand_outlives_the_last_request_with_it(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    uri = await media.save(b"picture", "image/png", "first")
    await shown(database, uri)
    media.release(uri)
    again = await media.save(b"picture", "image/png", "second")  # its result is not stored yet
    for path in (tmp_path / "media").glob("??/*"):
        os.utime(path, (0, 0))
    assert await retention.purge(-DAY) == 1
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}
    media.release(again)
    await retention.purge(-DAY)  # undecided pictures are checked again
    assert there(tmp_path) == set()


@pytest.mark.usefixtures("soon")
async def test_a_picture_stays_while_its_result_is_on_the_stream(
    media: MediaFolder,
    retention: Retention,
    streams: Streams,
    redis: RedisConnection,
    tmp_path: Path,
) -> None:
    uri = await media.save(b"picture", "image/png", "p")
    await streams.add([result(new_id(), uri)])
    media.release(uri)
    del media  # as after a crash: nothing is in hand
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}
    await redis.one("XTRIM", "content:results", "MAXLEN", 0)
    await swept(retention)
    assert there(tmp_path) == set()


@pytest.mark.usefixtures("soon")
async def test_nothing_is_removed_while_redis_is_unavailable(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    uri = await media.save(b"picture", "image/png", "p")
    media.release(uri)
    away = Streams(unused_url().replace("http", "redis"))
    await swept(Retention(database, media, away, Requests(database).removed))
    assert there(tmp_path) == {digest_of(uri)}
    await away.aclose()
    await swept(retention)
    assert there(tmp_path) == set()


@pytest.mark.usefixtures("soon")
async def test_a_picture_in_hand_in_another_process_stays_while_that_lives(
    retention: Retention, tmp_path: Path
) -> None:
    other = MediaFolder(tmp_path / "media", "other")
    uri = await other.save(b"picture", "image/png", "p")
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}
    del other  # the end of a process frees its lock
    gc.collect()
    await swept(retention)
    assert there(tmp_path) == set()


@pytest.mark.usefixtures("soon")
async def test_a_picture_saved_again_during_the_sweep_stays(
    media: MediaFolder, retention: Retention, streams: Streams, tmp_path: Path
) -> None:
    uri = await media.save(b"picture", "image/png", "p")
    media.release(uri)
    scan = streams.messages

    async def scan_then_save(*names: Any) -> AsyncIterator[AnyMessage]:
        async for message in scan(*names):
            yield message
        await media.save(b"picture", "image/png", "again")  # after the scan

    streams.messages = scan_then_save  # type: ignore[method-assign,assignment]
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}


async def test_a_check_that_took_too_long_removes_nothing(
    media: MediaFolder, retention: Retention, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim may have been made and ended since."""
    monkeypatch.setattr(claims, "LINGER_SECONDS", 0.0)
    uri = await media.save(b"picture", "image/png", "p")
    media.release(uri)
    await swept(retention)
    assert there(tmp_path) == {digest_of(uri)}


@pytest.mark.usefixtures("soon")
async def test_a_picture_that_cannot_be_removed_now_is_removed_later(
    database: Database, media: MediaFolder, retention: Retention, tmp_path: Path
) -> None:
    """For example while a backup is made."""
    uri = await media.save(b"picture", "image/png", "p")
    await shown(database, uri)
    media.release(uri)
    remove = media.remove

    async def refuse(picture: PictureName, deadline: float) -> bool:
        del picture, deadline
        return False

    media.remove = refuse  # type: ignore[method-assign]
    await retention.purge(-DAY)
    assert there(tmp_path) == {digest_of(uri)}
    media.remove = remove  # type: ignore[method-assign]
    await retention.purge(-DAY)
    assert there(tmp_path) == set()
