"""Several processes over one PostgreSQL: none waits for another in a circle, nothing is mixed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import asyncpg
import pytest

from service import clock
from service.messages import Generated, Origin
from service.request_ids import new_id
from service.store.postgres import transaction
from service.store.postgres.database import Database
from service.store.sql.events import FIRST_EVENT_ID, Event, Events
from service.store.sql.feeds.posts import Posts, UnpublishedPost
from service.store.sql.requests.request_cancellation import RequestCancellation
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from tests.support.postgres import Cluster
from tests.support.waiting import eventually

ORIGIN = Origin("scripted", "worker", 1.0, 0.1)


@pytest.fixture
async def processes(postgres_cluster: Cluster) -> AsyncIterator[list[Database]]:
    """The databases of four processes, each with connections of its own."""
    url = await postgres_cluster.take()
    async with AsyncExitStack() as opened:
        yield [await opened.enter_async_context(Database.open(url)) for _ in range(4)]
    await postgres_cluster.give_back(url)


@pytest.fixture(params=[True, False], ids=["", "without locks"])
def has_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Without locks the same goes wrong, or the test would show nothing."""

    async def none(connection: asyncpg.Connection, _: object) -> str:
        return str(await connection.fetchval(transaction.NUMBER))

    if not request.param:
        monkeypatch.setattr(transaction, "take_locks", none)
    return bool(request.param)


async def accepted(database: Database, count: int, finish_by: float | None = None) -> list[str]:
    requests = Requests(database)
    made = [
        Request(new_id(), "text", "a prompt", 7, clock.now(), {}, finish_by=finish_by)
        for _ in range(count)
    ]
    await asyncio.gather(*(requests.accept(request) for request in made))
    return [request.id for request in made]


def generated(id_: str) -> Generated:
    return Generated(id_, "text", 1, ORIGIN, "a text", sole=True)


def deadlocks(cluster: Cluster) -> int:
    return (cluster.folder / "log").read_text().count("deadlock detected")


@contextlib.asynccontextmanager
async def held(
    cluster: Cluster, database: Database, sql: str
) -> AsyncIterator[Callable[[int], Awaitable[None]]]:
    """Run a statement and undo it at the end; yields what waits until so many wait for it."""
    [(name,)] = await database.all("SELECT current_database()")
    connection = await cluster.connect(name)

    async def is_waiting(count: int) -> None:
        sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = ?"

        async def are_waiting() -> bool:
            return [(count,)] == await database.all(sql, name)

        await eventually(are_waiting, "they wait")

    await connection.execute("BEGIN")
    await connection.execute(sql)
    yield is_waiting
    await connection.execute("ROLLBACK")
    await connection.close()


async def test_two_collectors_with_the_same_results_in_opposite_order(
    postgres_cluster: Cluster, processes: Sequence[Database], has_locks: bool
) -> None:
    before = deadlocks(postgres_cluster)
    ids = await accepted(processes[2], 32)
    results = [generated(id_) for id_ in ids]
    # each has locked what comes before this one, as far as it locks anything in its own order
    lock = f"SELECT 1 FROM requests WHERE id = '{ids[16]}' FOR UPDATE"
    async with held(postgres_cluster, processes[2], lock) as is_waiting:
        both = [
            asyncio.create_task(Requests(database).settle(order, [None] * 32))
            for database, order in zip(processes, (results, results[::-1]), strict=False)
        ]
        await is_waiting(2)
    # after a deadlock they are tried again, and each is stored once
    settled = await asyncio.gather(*both)
    assert sorted(end.id for one in settled for end in one.final) == ids
    assert (deadlocks(postgres_cluster) == before) == has_locks


async def test_two_recorders_on_one_log(
    postgres_cluster: Cluster, processes: Sequence[Database], has_locks: bool
) -> None:
    ids = await accepted(processes[2], 5)
    first = FIRST_EVENT_ID + 1

    def story(name: str, length: int, of: Sequence[str]) -> list[tuple[str, Event]]:
        return [(id_, Event(first + n, name, b"{}")) for id_ in of for n in range(length)]

    second = f"INSERT INTO events VALUES ('{ids[0]}', {first + 1}, 'begun', '{{}}')"
    async with held(postgres_cluster, processes[2], second) as is_waiting:
        here = asyncio.create_task(Events(processes[0]).append(story("here", 2, ids)))
        await is_waiting(1)
        there = asyncio.create_task(Events(processes[1]).append(story("there", 3, ids)))
        await is_waiting(2)
    await asyncio.gather(here, there)
    rows = set(await processes[2].all("SELECT request_id, name FROM events"))
    assert {id_ for id_, _ in rows} == {*ids}
    assert (len(rows) == len(ids)) == has_locks


async def test_four_publishers_and_a_reader_that_follows_the_newest(
    processes: Sequence[Database], has_locks: bool
) -> None:
    published: list[str] = []
    seen: list[str] = []
    done = asyncio.Event()

    async def publish(number: int) -> None:
        posts = Posts(processes[number])
        for turn in range(30):
            drafts = [
                UnpublishedPost(f"{number}-{turn}-{n}", "ann", "title", "content", None)
                for n in range(3)
            ]
            published.extend(post.id for post in await posts.publish(drafts))

    async def follow() -> None:
        newest = 0
        sql = "SELECT created_us, id FROM posts WHERE created_us > ? ORDER BY created_us"
        while True:
            is_last = done.is_set()
            rows = await processes[0].short.all(sql, newest)
            seen.extend(id_ for _, id_ in rows)
            newest = rows[-1][0] if rows else newest
            if is_last:
                return

    reader = asyncio.create_task(follow())
    outcomes = await asyncio.gather(*map(publish, range(4)), return_exceptions=True)
    done.set()
    await reader
    if has_locks:
        assert outcomes == [None] * 4
        assert len(published) == 360
        assert sorted(seen) == sorted(published)
    else:
        assert sorted(seen) != sorted(published) or outcomes != [None] * 4


async def test_of_a_cancel_a_deadline_and_a_result_at_once_one_ends_the_request(
    processes: Sequence[Database],
) -> None:
    for _ in range(10):
        ids = await accepted(processes[3], 8, finish_by=clock.now() - 1)
        cancels, expired, settled = await asyncio.gather(
            asyncio.gather(*(RequestCancellation(processes[0]).cancel(id_) for id_ in ids[::-1])),
            RequestCancellation(processes[1]).expire(),
            Requests(processes[2]).settle([generated(id_) for id_ in ids], [None] * len(ids)),
        )
        ends = {
            "cancelled": [id_ for ended in cancels for id_ in ended.ids],
            "expired": expired.ids,
            "completed": [end.id for end in settled.final],
        }
        assert sorted(id_ for ended in ends.values() for id_ in ended) == ids
        for status, ended in ends.items():
            for id_ in ended:
                record = await Requests(processes[3]).record(id_)
                assert record is not None
                assert record.status == status
                assert [part.status for part in record.parts] == (
                    ["completed"] if status == "completed" else []
                )
