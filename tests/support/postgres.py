"""A PostgreSQL of the tests' own: a cluster in a temporary folder, and a database for each test."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import asyncpg

from service.store.postgres.connection import Hosts
from service.store.postgres.migrations import migrate
from tests.support.outside import unused_port
from tests.support.waiting import HANGS_SECONDS

MIN_VERSION = 15
USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root
NO_SERVER = "PostgreSQL is not installed (postgresql)"
TEMPLATE = "migrated"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "deadlock_timeout": "100ms",
    "listen_addresses": "127.0.0.1",
}

REMOVE_ROWS = """
DO $$
DECLARE
  name text;
BEGIN
  SET LOCAL session_replication_role = replica;  -- without triggers
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    IF name NOT IN ('schema_version', 'search_mark') THEN
      EXECUTE format('DELETE FROM %I', name);
    END IF;
  END LOOP;
  UPDATE search_mark SET request_id = '' WHERE request_id <> '';
END $$
"""


def programs() -> Path | None:
    """The folder with the newest `postgres`; None if there is none that is new enough."""
    versions = [
        folder for folder in Path("/usr/lib/postgresql").glob("*") if folder.name.isdecimal()
    ]
    newest = max(versions, key=lambda folder: int(folder.name), default=None)
    if newest is None or int(newest.name) < MIN_VERSION or not (newest / "bin/postgres").exists():
        return None
    return newest / "bin"


class Cluster:
    """A running server; `with` ends it and removes its folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self._port = port
        self.folder = folder
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._free: list[str] = []
        self.is_prepared = False

    def url(self, name: str, port: int | None = None) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{port or self._port}/{name}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    def start(self, **settings: str) -> Self:
        """Start the server, and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in {**SETTINGS, **settings}.items()]
        bin_folder = programs()
        assert bin_folder is not None
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(bin_folder / "postgres", "-D", self.folder / "data"),
                    *("-p", str(self._port), "-k", str(self.folder)),
                    *options,
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                **_unprivileged(),
            )
        return self

    async def take(self) -> str:
        """The URL of a migrated database without rows."""
        if self._free:
            return self._free.pop()
        if not self.is_prepared:
            await self._create(TEMPLATE)
            await migrate(Hosts(self.url(TEMPLATE)))
            self.is_prepared = True
        return await self._create(f"test_{next(self._numbers)}", f"TEMPLATE {TEMPLATE}")

    async def give_back(self, url: str) -> None:
        """Remove the rows of a database for another test: faster than a new one."""
        connection = await asyncpg.connect(url, statement_cache_size=0)
        try:
            await connection.execute(REMOVE_ROWS)
        finally:
            await connection.close()
        self._free.append(url)

    async def make_empty(self) -> str:
        """A new database without a schema; returns its URL."""
        return await self._create(f"test_{next(self._numbers)}")

    async def _create(self, name: str, how: str = "") -> str:
        connection = await self.connect()
        try:
            await connection.execute(f"CREATE DATABASE {name} {how}")
        finally:
            await connection.close()
        return self.url(name)

    async def drop(self, url: str) -> None:
        """Remove a database."""
        connection = await self.connect()
        try:
            name = url.rpartition("/")[2]
            await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        finally:
            await connection.close()

    async def connect(self, name: str = "postgres") -> asyncpg.Connection:
        """A connection of the test's own."""
        for _ in range(int(HANGS_SECONDS / 0.05)):
            with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):
                return await asyncpg.connect(self.url(name), statement_cache_size=0)
            await asyncio.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """End it at once, as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(HANGS_SECONDS)
            self._process = None


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that runs as long as the context."""
    bin_folder = programs()
    assert bin_folder is not None, NO_SERVER
    folder = Path(tempfile.mkdtemp(prefix="feedmill-postgres-"))
    try:
        if os.geteuid() == 0:
            os.chown(folder, _user().pw_uid, _user().pw_gid)
        subprocess.run(
            [
                *(bin_folder / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"),
                # another order of texts than that of their bytes, which Feedmill has to ignore
                *("--locale-provider=icu", "--icu-locale=en-US"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            **_unprivileged(),
        )
        running = Cluster(folder, unused_port())
        try:
            yield running.start()
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd:
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(names[name] for name in USERS if name in names)


def _unprivileged() -> dict[str, Any]:
    """How to start a program that must not run as root."""
    if os.geteuid() != 0:
        return {}
    return {"user": _user().pw_uid, "group": _user().pw_gid, "extra_groups": []}
