"""The contenders: the service, bounds and peers, each a separate process with a separate Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.client import Client

HOME = Path(__file__).resolve().parent.parent
START = 120.0  # seconds to become ready: 100,000 requests may have to be sent to the streams first
STOP = 60.0  # seconds to end after SIGTERM

SIMULATED: tuple[str, ...] = (
    "text.generator=simulated",
    "image.generator=simulated",
    "text.workers=16",
    "image.workers=16",
    "log.level=warning",
)
"""The settings of the service for all figures but those with the default generators."""


@dataclass(frozen=True)
class Contender:
    """A running contender: its address, the root of its process tree, and its data."""

    name: str
    url: str
    process: asyncio.subprocess.Process
    folder: Path
    ready_in: float
    """Seconds from its start until it was ready."""

    @property
    def pid(self) -> int:
        """The root of its processes: Redis and all others are below it."""
        return self.process.pid

    @property
    def database(self) -> Path:
        """The SQLite file of the service."""
        return self.folder / "data" / "feedmill.db"

    @property
    def record(self) -> Path:
        """The file in which the service's simulated generators record what they begin."""
        return self.folder / "generations"

    async def kill(self) -> None:
        """Kill it without warning."""
        self.process.kill()
        await self.process.wait()


def service(name: str, folder: Path, *settings: str, program: Sequence[str] = ()) -> list[str]:
    """The command that starts the service on data in `folder`; `program` replaces run.py."""
    del name
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.touch()
    words = [*(program or [str(HOME / "run.py")]), "--config", str(config)]
    words += ["--data-dir", str(folder / "data")]
    for setting in settings:
        words += ["--set", setting]
    return words


@asynccontextmanager
async def running(
    name: str, folder: Path, *settings: str, program: Sequence[str] = ()
) -> AsyncIterator[Contender]:
    """Start a contender, wait until it is ready, and stop it at the end.

    A name that begins with `service` means the service, with `peer ` a peer, all others a bound.
    """
    port = _free_port()
    if name.startswith("service"):
        words = service(name, folder, f"http.port={port}", *settings, program=program)
    elif name.startswith("peer "):
        words = ["-m", "benchmarks.peers", name.removeprefix("peer "), str(port), str(folder)]
    else:
        words = ["-m", "benchmarks.bounds", name, str(port), str(folder), *settings]
    clock = asyncio.get_running_loop().time
    began = clock()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=HOME,
        # without the settings of the user who measures
        env={key: value for key, value in os.environ.items() if "FEEDMILL_" not in key},
    )
    try:
        await _ready(process, port, name)
        url = f"http://127.0.0.1:{port}"
        yield Contender(name, url, process, folder, clock() - began)
    finally:
        await _stop(process)


async def _ready(process: asyncio.subprocess.Process, port: int, name: str) -> None:
    client = Client(f"http://127.0.0.1:{port}")
    async with asyncio.timeout(START):
        while process.returncode is None:
            try:
                status, _ = await client.get("/readyz")
            except OSError:
                status = 0
            if status == 200:
                client.close()
                return
            await asyncio.sleep(0.005)
    raise RuntimeError(f"{name} ended at its start with {process.returncode}")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOP):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
