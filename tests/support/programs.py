"""Programs of others that a test starts, such as nginx or Redis."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.waiting import HANGS_SECONDS, wait_until


class Program:
    """A started program; its `output` is a file."""

    def __init__(self, process: asyncio.subprocess.Process, output: Path) -> None:
        self._process = process
        self._output = output

    def is_running(self) -> bool:
        """Always true: fails with the output of a program that has ended."""
        code = self._process.returncode
        assert code is None, f"It ended by itself with {code}:\n{self._output.read_text()}"
        return True

    async def listens(self, port: int) -> None:
        """Wait until it accepts connections at a port of 127.0.0.1."""

        def accepts() -> bool:
            with socket.socket() as probe:
                return self.is_running() and probe.connect_ex(("127.0.0.1", port)) == 0

        await wait_until(accepts, f"something listens on port {port}")


@asynccontextmanager
async def running_program(output: Path, *words: str) -> AsyncIterator[Program]:
    """A program that runs as long as the context, and writes into a file."""
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(*words, stdout=file, stderr=file)
    program = Program(process, output)
    try:
        yield program
        program.is_running()
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> int:
    """The exit code of a process; one that still runs gets SIGTERM."""
    if process.returncode is None:
        process.terminate()
    async with asyncio.timeout(HANGS_SECONDS):
        return await process.wait()
