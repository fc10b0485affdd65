"""Three PostgreSQL servers, and what an operator's tool does with them: promote and rejoin."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
from pathlib import Path

import asyncpg

from tests.hosts.network import NETWORK, Host, run
from tests.support.postgres import USERS, programs
from tests.support.waiting import eventually

PORT = 5432
SETTINGS = {
    "fsync": "off",  # processes are killed, the machine never is
    "full_page_writes": "off",
    "wal_log_hints": "on",
    "shared_buffers": "16MB",
    "max_connections": "80",
    "min_wal_size": "4MB",
    "wal_keep_size": "64MB",
    "autovacuum": "off",
    "wal_sender_timeout": "3s",
    "wal_receiver_timeout": "3s",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "200ms",
    "synchronous_standby_names": "ANY 1 (db1, db2, db3)",
    "listen_addresses": "*",
}
ASK_SECONDS = 2.0


class Postgres:
    """The server of one host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._data = host.folder / "data"

    def _as_user(self, *words: str | Path) -> list[str]:
        entry = _user()
        return self.host.command(
            *("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"),
            *words,
        )

    def make(self) -> None:
        """Make the first primary's files."""
        self._clear()
        run(
            *self._as_user(
                *(_program("initdb"), "-D", self._data, "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1"),
            )
        )
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all,replication all {NETWORK} trust\n")
        with (self._data / "postgresql.conf").open("a") as settings:
            settings.write("include_if_exists 'follows.conf'\n")

    def copy(self, primary: Host) -> None:
        """Make it a standby with a copy of another server."""
        self._clear()
        run(
            *self._as_user(
                *(_program("pg_basebackup"), "-D", self._data, "-h", primary.address),
                *("-U", "postgres", "-c", "fast", "--no-sync", "-X", "stream"),
            )
        )
        self.follow(primary)
        (self._data / "standby.signal").touch()

    def follow(self, primary: Host) -> None:
        """Replicate from another server; one that runs does so from now on."""
        address = f"host={primary.address} user=postgres application_name={self.host.name}"
        draft = self._data / "follows.new"
        draft.write_text(f"primary_conninfo = '{address} connect_timeout=1'\n")
        draft.replace(self._data / "follows.conf")
        with contextlib.suppress(FileNotFoundError, IndexError, ProcessLookupError):
            self._signal_first(signal.SIGHUP)

    async def start(self) -> None:
        """Start it; `connect` says when it answers."""
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        with (self.host.folder / "log").open("ab") as log:
            await asyncio.create_subprocess_exec(
                *self._as_user(_program("postgres"), "-D", self._data, "-k", "", *options),
                stdout=log,
                stderr=log,
                cwd=self.host.folder,
            )

    async def connect(self) -> asyncpg.Connection:
        """A connection of the harness. Raises OSError or an error of asyncpg."""
        return await asyncpg.connect(
            host=self.host.address, port=PORT, user="postgres", database="postgres",
            timeout=ASK_SECONDS, command_timeout=ASK_SECONDS, statement_cache_size=0, ssl=False,
        )  # fmt: skip

    async def answer(self, sql: str) -> object:
        """One value; None if it does not answer."""
        with contextlib.suppress(
            OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError
        ):
            connection = await self.connect()
            try:
                return await connection.fetchval(sql)
            finally:
                connection.terminate()
        return None

    def promote(self) -> None:
        """Make it the primary."""
        run(*self._as_user(_program("pg_ctl"), "promote", "-W", "-D", self._data))

    def _signal_first(self, number: signal.Signals) -> None:
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(first, number)

    def _clear(self) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.chown(self.host.folder, _user().pw_uid, _user().pw_gid)


class Operator:
    """What Patroni or CloudNativePG would do: there is one primary, and the others follow it."""

    def __init__(self, hosts: list[Host]) -> None:
        self.servers = [Postgres(host) for host in hosts]
        self.primary = self.servers[0]

    async def start(self) -> None:
        """Start the primary and its standbys."""
        self.primary.make()
        await self.primary.start()
        await eventually(lambda: self.primary.answer("SELECT true"), "the primary answers")
        for server in self.servers[1:]:
            await self.join(server)

    async def promote(self) -> Postgres:
        """The standby that has most becomes the primary; returns the one before, which is gone.

        The caller has cut off or killed the primary: a standby that could still get more must not
        be asked.
        """
        old = self.primary
        standbys = [server for server in self.servers if server is not old]
        place = "SELECT pg_last_wal_receive_lsn() - '0/0'"
        has = {server: await server.answer(place) or 0 for server in standbys}
        self.primary = max(standbys, key=lambda server: has[server])  # type: ignore[arg-type,return-value] # numbers
        self.primary.promote()
        for server in standbys:
            if server is not self.primary:
                server.follow(self.primary.host)
        return old

    async def join(self, server: Postgres) -> None:
        """Fence a server, and make it a standby with a fresh copy."""
        server.host.signal(signal.SIGKILL)
        await eventually(lambda: _ended(server.host), "its processes have ended")
        await eventually(lambda: self._copied(server), "it has a copy of the primary")
        await server.start()
        await eventually(lambda: self._streams(server), f"{server.host.name} replicates")

    def is_primary(self, host: Host) -> bool:
        """Whether this host has the primary."""
        return self.primary.host is host

    async def _copied(self, server: Postgres) -> bool:
        with contextlib.suppress(AssertionError):  # cables that were just plugged in
            await asyncio.to_thread(server.copy, self.primary.host)
            return True
        return False

    async def _streams(self, server: Postgres) -> object:
        name = server.host.name
        return await self.primary.answer(
            f"SELECT true FROM pg_stat_replication WHERE application_name = '{name}'"
            " AND state = 'streaming'"
        )


async def _ended(host: Host) -> bool:
    return not host.pids()


def _program(name: str) -> Path:
    folder = programs()
    assert folder is not None
    return folder / name


def _user() -> pwd.struct_passwd:
    """PostgreSQL refuses to run as root."""
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(names[name] for name in USERS if name in names)
