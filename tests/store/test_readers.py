"""Readers of SQLite: slow queries are stopped, and delay no other reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event

import pytest
from aiohttp import ClientSession, TCPConnector

from service.http.app import application
from service.http.server.server import Server, bind
from service.store.database import Reads
from service.store.errors import DatabaseUnavailable, ReadRejected
from service.store.sqlite import database as module
from service.store.sqlite.database import Database
from service.store.sqlite.reader import ReadThread
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.waiting import wait_until

ENDLESS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0
"""


@asynccontextmanager
async def busy(reader: Reads) -> AsyncIterator[None]:
    """Keep a reader busy with a query until the block ends."""
    began, ends = Event(), Event()

    def hold() -> int:
        began.set()
        return ends.wait()

    assert isinstance(reader, ReadThread)
    reader._connection.create_function("hold", 0, hold)  # noqa: SLF001 - nothing else takes so long
    task = asyncio.create_task(reader.all("SELECT hold()"), name="busy")
    await wait_until(began.is_set, "the query runs")
    try:
        yield
        assert not task.done()
    finally:
        ends.set()
    assert await task == [(1,)]


async def test_a_slow_query_is_stopped_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLIENT_READ_SECONDS", 0.05)
    async with Database.open(tmp_path / "a.db") as database:
        for reader in (database.lists, database.short):
            reason = ""
            while "takes too long" not in reason:  # on a busy machine it may not even begin
                with pytest.raises(ReadRejected, match="too long") as rejected:
                    await reader.all(ENDLESS)
                reason = str(rejected.value)
            reader._limit = 3600.0  # noqa: SLF001 - the machine may be busy
            assert await reader.all("SELECT 1") == [(1,)]


async def test_lists_delay_neither_short_reads_nor_background_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLIENT_READ_SECONDS", 3600.0)
    async with Database.open(tmp_path / "a.db") as database, busy(database.lists):
        assert await database.short.all("SELECT 1") == [(1,)]
        assert await database.all("SELECT 2") == [(2,)]
        async with busy(database.backlog):
            assert await database.all("SELECT 2") == [(2,)]
        async with busy(database.short):
            assert await database.all("SELECT 3") == [(3,)]


async def test_client_reads_delay_neither_posts_nor_operators_counts(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLIENT_READ_SECONDS", 3600.0)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:

        async def publish(prompt: str) -> None:
            await mill.finished(await mill.submit(prompt, user="ann", publish=True))
            await mill.quiet()

        await publish("first")
        feeds = mill.services.stores.feeds
        assert len((await feeds.read_posts("ann", -1)).bodies) == 1  # now it is in Redis
        async with busy(mill.database.short), busy(mill.database.lists):
            await publish("second")
            assert await mill.services.stores.dead_letters.count() == 0
        assert len((await feeds.read_posts("ann", -1)).bodies) == 2


async def test_the_number_of_waiting_reads_is_bounded(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "few", limit=3600.0, max_waiting=3)
        async with busy(reader):
            waiting = [asyncio.create_task(reader.all("SELECT 1")) for _ in range(2)]
            await asyncio.sleep(0)
            for _ in range(3):
                with pytest.raises(ReadRejected, match="Too many"):
                    await reader.all("SELECT 1")
        assert await asyncio.gather(*waiting) == [[(1,)]] * 2
        assert await reader.all("SELECT 1") == [(1,)]
        await reader.close()


async def test_a_query_that_fails_is_reported_as_an_unavailable_database(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as database:
        with pytest.raises(DatabaseUnavailable, match="no such table"):
            await database.short.all("SELECT * FROM missing", client="ann")
        assert await database.short.all("SELECT 1", client="ann") == [(1,)]


async def test_one_client_leaves_room_for_others(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "shared", limit=3600.0, max_waiting=12)
        async with busy(reader):
            waiting = []
            for client in ("ann", "bob"):
                waiting += [
                    asyncio.create_task(reader.all("SELECT 1", client=client)) for _ in range(3)
                ]
                await asyncio.sleep(0)
                with pytest.raises(ReadRejected, match="Too many"):
                    await reader.all("SELECT 1", client=client)
        assert await asyncio.gather(*waiting) == [[(1,)]] * 6
        assert await reader.all("SELECT 1", client="ann") == [(1,)]
        await reader.close()


async def test_a_read_that_waited_too_long_is_not_begun(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "slow", limit=3600.0)
        async with busy(reader):
            waiting = asyncio.create_task(reader.all("SELECT 1"))
            await asyncio.sleep(0)
            reader._limit = 0.0  # noqa: SLF001 - so that no time has to pass
        with pytest.raises(ReadRejected, match="Other reads"):
            await waiting
        await reader.close()


async def test_a_running_query_does_not_delay_closing(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db") as database:
        running = asyncio.create_task(database.all(ENDLESS))
        waiting = asyncio.create_task(database.all("SELECT 1"))
        await asyncio.sleep(0)
    with pytest.raises(DatabaseUnavailable):
        await running
    assert await waiting == [(1,)]


@asynccontextmanager
async def served(folder: Path, redis_url: str) -> AsyncIterator[tuple[Pipeline, ClientSession]]:
    """The API in this process, with a client."""
    text, image = Scripted(), Scripted()
    async with running_pipeline(folder, redis_url, text, image) as pipeline:
        server = Server(application(pipeline.services))
        url = await server.start(bind("127.0.0.1", 0))
        try:
            async with ClientSession(url) as http:
                yield pipeline, http
        finally:
            await server.stop(1.0)


async def test_a_rejected_list_has_retry_after_and_feeds_still_work(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLIENT_READ_SECONDS", 3600.0)
    monkeypatch.setattr(module, "MAX_WAITING_LISTS", 40)
    async with served(tmp_path, redis_url) as (pipeline, http):
        done = await pipeline.submit("a post", user="ann", publish=True)
        await pipeline.finished(done)

        async def listed(path: str) -> tuple[int, str | None, str]:
            async with http.get(path) as answer:
                body = await answer.json(content_type=None)
                return answer.status, answer.headers.get("Retry-After"), body.get("type", "")

        async with busy(pipeline.database.lists):
            lists = [asyncio.create_task(listed("/content?status=failed")) for _ in range(30)]
            await wait_until(lambda: sum(task.done() for task in lists) >= 20, "some are refused")
            late = await pipeline.submit("late", start_by=0.0)
            await pipeline.finished(late)  # background tasks read, too
            async with http.post("/feed", data={"user-id": "ann"}) as answer:
                assert answer.status == 200
            assert (await listed("/content?tag=image"))[0] == 503
        answers = await asyncio.gather(*lists)
    assert (
        sorted(answers, key=str)
        == [(200, None, "")] * 10 + [(503, "5", "/problems#unavailable")] * 20
    )


async def test_a_feed_is_answered_when_counting_its_newer_posts_is_rejected(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def takes_too_long(*_: object, **__: object) -> int:
        raise ReadRejected("This read took too long.")

    async with served(tmp_path, redis_url) as (pipeline, http):
        await pipeline.finished(await pipeline.submit("a post", user="ann", publish=True))
        await pipeline.quiet()
        async with http.put("/feed/marker", json={"user-id": "ann", "timestamp": 0}) as answer:
            assert (await answer.json())["newer"] == 1
        monkeypatch.setattr(pipeline.services.stores.markers, "newer", takes_too_long)
        for path in ("/feed?user-id=ann&limit=20&timestamp=9", "/feed/marker?user-id=ann"):
            async with http.get(path) as answer:
                assert (answer.status, (await answer.json())["newer"]) == (200, None), path


async def test_clients_take_turns(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "fair", limit=3600.0)
        order: list[str] = []
        reader._connection.create_function("note", 1, order.append)  # noqa: SLF001 - the order of the queries
        async with busy(reader):
            clients = ["ann", "ann", "ann", "bob", "", "bob"]
            waiting = [
                asyncio.create_task(reader.all("SELECT note(?)", client, client=client))
                for client in clients
            ]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        assert order == ["ann", "bob", "", "ann", "bob", "ann"]
        await reader.close()


async def test_a_read_that_its_caller_gave_up_is_not_begun(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "left", limit=3600.0)
        order: list[str] = []
        reader._connection.create_function("note", 1, order.append)  # noqa: SLF001 - the order of the queries
        async with busy(reader):
            left = asyncio.create_task(reader.all("SELECT note('left')", client="ann"))
            stays = asyncio.create_task(reader.all("SELECT note('stays')", client="ann"))
            await asyncio.sleep(0)
            left.cancel()
            await asyncio.wait([left])
        await stays
        assert order == ["stays"]
        await reader.close()


READS = {
    "a feed": ("POST", "/feed?user-id=ann&cursor=9000000000000000", "short"),
    "a home feed": ("GET", "/feed?user-id=ann", "short"),
    "followed authors": ("GET", "/feed/follow?user-id=ann", "short"),
    "muted authors": ("GET", "/feed/mute?user-id=ann", "short"),
    "dead letters": ("GET", "/dead-letters", "lists"),
    "deliveries": ("GET", "/content/{id}/deliveries", "lists"),
}


@pytest.mark.parametrize("kind", READS)
async def test_the_reads_of_one_client_leave_room_for_another(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(module, "CLIENT_READ_SECONDS", 3600.0)
    monkeypatch.setattr(module, "MAX_WAITING_LISTS", 40)
    monkeypatch.setattr(module, "MAX_WAITING_SHORT_READS", 40)
    method, path, reader = READS[kind]
    async with served(tmp_path, redis_url) as (pipeline, http):
        id_ = await pipeline.submit("a post", user="ann", publish=True)
        await pipeline.finished(id_)
        url = http._base_url  # noqa: SLF001 - the other client needs it as well
        elsewhere = TCPConnector(local_addr=("127.0.0.2", 0))
        async with ClientSession(url, connector=elsewhere) as other:

            async def status(client: ClientSession) -> int:
                async with client.request(method, path.format(id=id_)) as answer:
                    await answer.read()
                    return answer.status

            async with busy(getattr(pipeline.database, reader)):
                reads = [asyncio.create_task(status(http)) for _ in range(30)]
                await wait_until(lambda: sum(task.done() for task in reads) >= 20, "some are 503")
                others = asyncio.create_task(status(other))
                waits = getattr(pipeline.database, reader)._waiting  # noqa: SLF001 - the reads that wait
                await wait_until(lambda: "address:127.0.0.2" in waits, "the other one waits")
            assert await others == 200
            assert sorted(await asyncio.gather(*reads)) == [200] * 10 + [503] * 20


async def test_the_share_of_a_client_counts_all_its_reads(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "a.db"):
        reader = ReadThread(tmp_path / "a.db", "shared", limit=3600.0, max_waiting=12)

        def read() -> asyncio.Task[object]:
            return asyncio.create_task(reader.all("SELECT 1", client="ann"))

        async with busy(reader):
            waiting = [read() for _ in range(3)]
            await asyncio.sleep(0)
            left = waiting.pop()
            left.cancel()
            await asyncio.wait([left])
            waiting.append(read())  # in its place
            with pytest.raises(ReadRejected, match="Too many"):
                await read()
        assert await asyncio.gather(*waiting) == [[(1,)]] * 3
        await reader.close()
