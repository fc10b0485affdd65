"""PostgreSQL that is away, silent, or whose answer is lost."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest

from service import clock
from service.request_ids import new_id
from service.store.errors import DatabaseUnavailable
from service.store.postgres import transaction
from service.store.postgres.connection import Hosts
from service.store.postgres.database import Database
from service.store.postgres.errors import CannotConnect
from service.store.postgres.migrations import migrate
from service.store.sql.requests.request_records import Request
from service.store.sql.requests.requests import Requests
from service.store.sql.statements import Write
from tests.support.outside import unused_port
from tests.support.postgres import Cluster, cluster
from tests.support.tcp_relay import TcpRelay, tcp_relay
from tests.support.waiting import HANGS_SECONDS, eventually


@pytest.fixture
async def url(postgres_cluster: Cluster) -> AsyncIterator[str]:
    taken = await postgres_cluster.take()
    yield taken
    await postgres_cluster.give_back(taken)


@pytest.fixture
async def relay(postgres_cluster: Cluster) -> AsyncIterator[TcpRelay]:
    async with tcp_relay(postgres_cluster.port) as relay:
        yield relay


def through(relay: TcpRelay, url: str) -> str:
    """The same database behind the relay."""
    return f"postgresql://postgres@127.0.0.1:{relay.port}/{url.rpartition('/')[2]}"


def request() -> Request:
    return Request(new_id(), "text", "a prompt", 7, clock.now(), {})


async def ids_in(database: Database) -> list[str]:
    return [id_ for (id_,) in await database.all("SELECT id FROM requests ORDER BY id")]


async def test_a_commit_whose_answer_is_lost_is_asked_for(relay: TcpRelay, url: str) -> None:
    async with Database.open(through(relay, url)) as database:
        requests = Requests(database)
        await requests.accept(first := request())
        relay.lose(b"COMMIT", "cut after")
        await requests.accept(second := request())  # it was committed, so this is no error
        assert relay.happened.is_set()
        relay.lose(b"COMMIT", "cut before")
        with pytest.raises(DatabaseUnavailable, match="before the commit"):
            await requests.accept(request())
        assert relay.happened.is_set()
        await requests.accept(third := request())
        assert await ids_in(database) == [first.id, second.id, third.id]


async def test_a_promoted_standby_is_not_believed_about_numbers_that_it_gave_to_others() -> None:
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(cluster())
        connection = await first.connect()
        await connection.execute("CREATE DATABASE feedmill")
        await connection.close()
        await migrate(Hosts(first.url("feedmill")))
        second = stack.enter_context(promoted_copy(first))
        others = await second.connect("feedmill")

        async def is_promoted() -> bool:
            return not await others.fetchval("SELECT pg_is_in_recovery()")

        await eventually(is_promoted, "the copy is a primary")
        for _ in range(100):  # far beyond the number of the transaction that is lost
            await others.execute("SELECT pg_current_xact_id()")
        async with tcp_relay(first.port) as relay:
            hosts = f"127.0.0.1:{relay.port},127.0.0.1:{second.port}"
            async with Database.open(f"postgresql://postgres@{hosts}/feedmill") as database:
                relay.lose(b"COMMIT", "freeze")
                accepting = asyncio.ensure_future(Requests(database).accept(request()))
                await relay.happened.wait()
                first.stop()
                with pytest.raises(DatabaseUnavailable, match="before the commit"):
                    await accepting
                assert await ids_in(database) == []
        await others.close()


@contextlib.contextmanager
def promoted_copy(first: Cluster) -> Iterator[Cluster]:
    """Another server with all that the first has, on a timeline of its own."""
    first.stop()
    folder = first.folder.with_name(f"{first.folder.name}-promoted")
    subprocess.run(["cp", "-a", first.folder, folder], check=True)
    first.start()
    (folder / "data/recovery.signal").touch()
    second = Cluster(folder, unused_port())
    try:
        yield second.start(restore_command="false")
    finally:
        second.stop()
        shutil.rmtree(folder)


async def test_a_connection_that_was_lost_before_the_commit_is_made_again(
    relay: TcpRelay, url: str
) -> None:
    async with Database.open(through(relay, url)) as database:
        requests = Requests(database)
        await requests.accept(first := request())
        assert await requests.record(first.id) is not None
        relay.lose(b"BEGIN", "cut before")
        await requests.accept(request())
        assert relay.happened.is_set()
        relay.lose((later := request()).id.encode(), "cut before")
        await requests.accept(later)
        assert relay.happened.is_set()
        relay.lose(first.id.encode(), "cut before")
        assert await requests.record(first.id) is not None
        assert relay.happened.is_set()
        assert len(await ids_in(database)) == 3


@pytest.fixture
async def without_standby(postgres_cluster: Cluster, url: str) -> AsyncIterator[asyncio.Event]:
    """Commits wait for a standby that is away, until the event is set."""
    connection = await postgres_cluster.connect()
    await connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'away'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET synchronous_commit = on")
    ends = asyncio.Event()

    async def end() -> None:
        await ends.wait()
        await connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await connection.execute("SELECT pg_reload_conf()")

    ending = asyncio.create_task(end())
    yield ends
    ends.set()
    await ending
    await connection.execute(f"ALTER DATABASE {url.rpartition('/')[2]} RESET synchronous_commit")
    await connection.close()


async def waits_for_standby(cluster: Cluster) -> int:
    """Wait until a commit waits for a standby; its process id."""
    connection = await cluster.connect()

    async def waiting() -> int | None:
        sql = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        pid: int | None = await connection.fetchval(sql)
        return pid

    try:
        return await eventually(waiting, "it waits")
    finally:
        await connection.close()


async def test_a_cancelled_wait_for_a_standby_is_asked_for(
    postgres_cluster: Cluster,
    url: str,
    without_standby: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    del without_standby
    asked: list[str] = []
    decide = transaction.Transactions._decide  # noqa: SLF001 - what is asked does not show

    async def noted(self: transaction.Transactions, number: str) -> None:
        asked.append(number)
        await decide(self, number)

    monkeypatch.setattr(transaction.Transactions, "_decide", noted)
    async with Database.open(url) as database:
        accepting = asyncio.ensure_future(Requests(database).accept(made := request()))
        pid = await waits_for_standby(postgres_cluster)
        connection = await postgres_cluster.connect()
        await connection.execute("SELECT pg_cancel_backend($1)", pid)
        await connection.close()
        await accepting
        assert len(asked) == 1
        assert await ids_in(database) == [made.id]


async def test_a_commit_that_takes_too_long_is_neither_refused_nor_confirmed(
    postgres_cluster: Cluster,
    url: str,
    without_standby: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Database.open(url) as database:
        monkeypatch.setattr(transaction, "ANSWER_SECONDS", 0.3)
        accepting = asyncio.ensure_future(Requests(database).accept(made := request()))
        await waits_for_standby(postgres_cluster)
        gone = asyncio.Event()
        end = database._accepting._transactions._drop  # noqa: SLF001 - when it is given up

        def dropped(connection: object) -> None:
            end(connection)
            gone.set()

        monkeypatch.setattr(database._accepting._transactions, "_drop", dropped)  # noqa: SLF001
        await gone.wait()
        assert not accepting.done()
        without_standby.set()
        await accepting
        assert await ids_in(database) == [made.id]


async def test_each_host_has_its_own_time_and_the_one_that_can_be_written_is_used(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.postgres.connection.HOST_SECONDS", 0.5)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        hosts = f"127.0.0.1:{port},127.0.0.1:{unused_port()},{url.partition('@')[2]}"
        async with Database.open(f"postgresql://postgres@{hosts}") as database:
            await database.check()
            await Requests(database).accept(made := request())
            assert await ids_in(database) == [made.id]
        nobody = Hosts(f"postgresql://postgres@127.0.0.1:{port},127.0.0.1:{unused_port()}/x")
        with pytest.raises(CannotConnect, match="No host of PostgreSQL can be written to"):
            await nobody.connect()


async def test_a_process_that_vanishes_in_a_transaction_keeps_its_locks_for_seconds(
    relay: TcpRelay, url: str
) -> None:
    async with Database.open(url) as database:
        await Requests(database).accept(made := request())
        async with Database.open(through(relay, url)) as vanishing:
            relay.lose(b"UPDATE requests", "freeze")
            cancelled = "UPDATE requests SET status = 'queued' WHERE id IN (SELECT id FROM rows)"
            write = Write("touch", "id text", (cancelled,))
            lost = asyncio.ensure_future(vanishing.write(write, [(made.id,)]))
            await relay.happened.wait()
            async with asyncio.timeout(HANGS_SECONDS):  # the lock would never be free otherwise
                await database.write(write, [(made.id,)])
            with contextlib.suppress(DatabaseUnavailable):
                await relay.close()
                await lost
