"""The cleanup of a running service."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from service.actors.maintenance import cleanup
from service.store.media import claims
from service.store.sql.feeds.served_posts import BATCH_ROWS, ServedPosts
from service.store.sql.requests.request_cancellation import EndedRequests, RequestCancellation
from service.store.sql.retention import Retention
from service.store.sqlite.words import SqliteWords
from tests.actors.test_models import draw_at_once
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import at_once, eventually, wait_until


async def test_old_requests_are_removed_from_time_to_time(tmp_path: Path, redis_url: str) -> None:
    settings = ("retention.results=0.001", "retention.interval=0.1")
    text = Scripted()
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill:
        for prompt in ("first", "second"):
            id_ = await mill.submit(prompt)
            await wait_until(partial(is_gone, mill, id_), "it is removed")  # maybe at once
        assert text.prompts == ["first", "second"]


async def test_the_picture_of_a_request_that_is_removed_at_once_goes_soon(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim outlasts its result: it is looked at again, also if nothing else is removed."""
    monkeypatch.setattr(claims, "LINGER_SECONDS", 0.5)
    monkeypatch.setattr(cleanup, "UNDECIDED_SECONDS", 0.1)
    image = Scripted(draw_at_once)
    async with running_pipeline(tmp_path, redis_url, Scripted(), image) as mill:
        id_ = await mill.submit("a red heron", tag="image")
        [record] = await mill.finished(id_)
        assert record.parts[0].image_uri is not None
        assert await mill.services.stores.retention.remove([id_]) == 1
        await wait_until(lambda: not [*mill.media_folder.glob("??/*")], "the picture is removed")


async def test_pictures_are_swept_while_there_is_always_more_of_the_log_to_remove(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full_batch(_: ServedPosts) -> int:
        return BATCH_ROWS

    sweeps = []

    async def sweep(_: Retention) -> None:
        sweeps.append(1)

    monkeypatch.setattr(ServedPosts, "expire", full_batch)
    monkeypatch.setattr(Retention, "sweep", sweep)
    settings = ("retention.interval=0.1",)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), *settings):
        await wait_until(lambda: len(sweeps) > 1, "pictures are swept again and again")


async def test_a_database_that_is_always_busy_does_not_stop_the_index_of_the_search(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "BUSY_ROWS", -1)
    monkeypatch.setattr(cleanup, "MAX_BUSY_SECONDS", 0.0)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        await mill.finished(await mill.submit("a red heron"))
        database = mill.services.stores.database
        found = "SELECT count(*) FROM request_words WHERE request_words MATCH 'heron'"

        async def indexed() -> bool:
            return await database.all(found) == [(1,)]

        await eventually(indexed, "it is indexed")


async def test_the_index_of_the_search_waits_while_requests_are_written(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleanup, "TICK_SECONDS", 0.02)
    expire, index = RequestCancellation.expire, SqliteWords.index
    busy, ticks, indexed = [True], [0], []

    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        database = mill.services.stores.database

        async def others_write(cancellation: RequestCancellation) -> EndedRequests:
            ticks[0] += 1
            database.rows += 30 if busy[0] else 0
            return await expire(cancellation)

        async def noted(search: SqliteWords) -> int:
            indexed.append(ticks[0])
            return await index(search)

        monkeypatch.setattr(RequestCancellation, "expire", others_write)
        await wait_until(lambda: ticks[0] > 0, "the others write")
        monkeypatch.setattr(SqliteWords, "index", noted)
        await wait_until(lambda: ticks[0] > 4, "some ticks pass")
        assert indexed == []
        busy[0] = False
        await wait_until(lambda: indexed, "it is indexed as soon as they have ended")


def is_gone(mill: Pipeline, id_: str) -> bool:
    return at_once(mill.services.stores.requests.record(id_)) is None
