"""The Redis of a chaos run: embedded or external, with the faults that can hit it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
from pathlib import Path
from typing import Any

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import find_server, socket_path
from tests.support.waiting import HANGS_SECONDS

BACK = HANGS_SECONDS  # within which a killed Redis must answer again
MARK = "CHAOS_RUN"  # in the environment of every process that belongs to a run


def signal_to(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class Redis:
    """The faults that can hit any Redis."""

    folder: Path
    url: str

    async def command(self, *command: str | float) -> Any:
        """One command on a new connection. Raises RedisUnavailable."""
        connection = RedisConnection(self.url, timeout=BACK)
        try:
            return await connection.one(*command)
        finally:
            connection.close()

    async def pid(self) -> int:
        """The process id of the server; waits until it answers."""
        async with asyncio.timeout(BACK):
            while True:
                with contextlib.suppress(RedisUnavailable):
                    info: bytes = await self.command("INFO", "server")
                    [line] = [ln for ln in info.splitlines() if ln.startswith(b"process_id:")]
                    return int(line.partition(b":")[2])
                await asyncio.sleep(0.01)  # a poll: nothing says when it is back

    async def changes(self) -> int:
        """How many changes it has seen since its start. Raises RedisUnavailable."""
        info: bytes = await self.command("INFO", "persistence")
        [found] = re.findall(rb"rdb_changes_since_last_save:([0-9]+)", info)
        return int(found)

    async def kill(self, data: Path | None = None) -> None:
        """SIGKILL; it comes back with its data, or with a copy of the folder `data` instead."""
        pid = await self.pid()
        signal_to(pid, signal.SIGSTOP)  # it must not write its files while they are replaced
        if data is not None:
            shutil.rmtree(self.files, ignore_errors=True)
            shutil.copytree(data, self.files)
        signal_to(pid, signal.SIGKILL)

    async def keep_copy(self, copy: Path) -> None:
        """Copy its files on disk."""
        pid = await self.pid()
        signal_to(pid, signal.SIGSTOP)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.files, copy)
        signal_to(pid, signal.SIGCONT)

    @property
    def files(self) -> Path:
        """The folder with its data set."""
        return self.folder / "appendonlydir"


class Embedded(Redis):
    """The embedded one, which the service restarts when it dies."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "redis"
        self.url = f"unix://{socket_path(self.folder)}"


class External(Redis):
    """One that the suite starts, and restarts a while after it was killed."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.folder = folder
        self._mark = mark
        folder.mkdir()
        self.url = f"unix://{socket_path(folder)}"
        self._process: asyncio.subprocess.Process | None = None
        self.away = 0.3  # seconds until it is started again

    async def start(self) -> None:
        """Start it; it answers when this returns."""
        self._process = await asyncio.create_subprocess_exec(
            find_server(),
            *("--port", "0", "--unixsocket", self.url.removeprefix("unix://")),
            *("--dir", str(self.folder), "--appendonly", "yes", "--save", ""),
            *("--logfile", str(self.folder / "log")),
            env=os.environ | {MARK: self._mark},
        )
        await self.pid()

    async def kill(self, data: Path | None = None) -> None:
        await super().kill(data)
        assert self._process is not None
        await self._process.wait()
        await asyncio.sleep(self.away)  # an outage lasts a while
        await self.start()

    async def stop(self) -> None:
        """End it, until `start` is called."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
