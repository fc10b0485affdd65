"""`run.py` in a process that is forked from one with its modules: imports take most of a start.

The server that forks is started with the first process and ends with this one. It cannot set what
an interpreter reads at its own start: options, and variables such as PYTHONPATH.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path

RUN = Path(__file__).resolve().parents[2] / "run.py"

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.support.preloaded"])
_EXIT_CODES = threading.Lock()
"""Held to start a process, which reads the exit codes of all, and to read one."""


@dataclass(frozen=True)
class Start:
    """What a process is started with."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    """Its current directory."""

    def process(self, *output: connection.Connection | Path) -> multiprocessing.Process:
        """A new process; `output` is where its standard output and error go."""
        umask = os.umask(0)
        os.umask(umask)
        process = _SERVER.Process(target=_run, args=(self, umask, *output), daemon=True)
        with _EXIT_CODES:
            process.start()
        return process  # type: ignore[return-value] # a ForkServerProcess has the same methods


def _run(start: Start, umask: int, *output: connection.Connection | Path) -> None:
    for number, end in enumerate((output[0], output[-1]), 1):
        if isinstance(end, Path):
            end.touch()
            with end.open("ab") as file:
                os.dup2(file.fileno(), number)
        else:
            os.dup2(end.fileno(), number)
    for end in output:
        if not isinstance(end, Path):
            end.close()
    os.environ.clear()
    os.environ.update(start.environment)
    os.umask(umask)
    os.chdir(start.folder)
    sys.argv = [str(RUN), *start.arguments]
    runpy.run_path(str(RUN), run_name="__main__")


class Forked:
    """A running process, with the attributes of asyncio.subprocess.Process that tests use."""

    def __init__(self, process: multiprocessing.Process, stdout: asyncio.StreamReader) -> None:
        assert process.pid is not None
        self._process = process
        self._ended = asyncio.Event()
        self.pid = process.pid
        self.stdout = stdout
        asyncio.get_running_loop().add_reader(process.sentinel, self._end)

    @classmethod
    async def start(cls, start: Start, limit: int) -> Forked:
        """Start a process; its output and errors are `stdout`, with lines up to `limit` bytes."""
        read, write = _SERVER.Pipe(duplex=False)
        with read, write:
            process = start.process(write)
            pipe = os.fdopen(os.dup(read.fileno()), "rb", buffering=0)
        stdout = asyncio.StreamReader(limit)
        protocol = asyncio.StreamReaderProtocol(stdout)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        return cls(process, stdout)

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the number of the signal that ended it; None while it runs."""
        with _EXIT_CODES:
            return self._process.exitcode

    async def wait(self) -> int:
        """Wait for its end."""
        await self._ended.wait()
        code = self.returncode
        assert code is not None
        return code

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(9)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()


def completed(start: Start, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a process to its end. Raises subprocess.TimeoutExpired after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        output = [Path(folder, "stdout"), Path(folder, "stderr")]
        process = start.process(*output)
        if not connection.wait([process.sentinel], seconds):
            process.kill()
            raise subprocess.TimeoutExpired(list(start.arguments), seconds)
        with _EXIT_CODES:
            code = process.exitcode
        assert code is not None
        stdout, stderr = (path.read_text(encoding="utf-8") for path in output)
    return subprocess.CompletedProcess(list(start.arguments), code, stdout, stderr)
