"""The real service in a process of its own, as a person would start it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.waiting import HANGS_SECONDS

HOME = Path(__file__).resolve().parents[2]
LONGEST_LINE = 2**20  # bytes; a traceback is one line of JSON
SET_PIPE_SIZE = 1031  # fcntl(2) on Linux
SMALLEST_PIPE_BYTES = 4096
TAIL = 40  # lines of the log that are shown when something goes wrong


class Running:
    """A service that runs: its `url` and `process`, and the `lines` it has written until now."""

    url = ""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._more = asyncio.Condition()
        self._ended_by_test = False
        self._reader = asyncio.create_task(self._read(), name="log of the service")

    def log_lines(self) -> list[dict[str, Any]]:
        """The log events; what is not one (a traceback, a sentence for the user) is in `lines`."""
        events = []
        for line in self.lines:
            with contextlib.suppress(json.JSONDecodeError):
                events.append(json.loads(line))
        return [event for event in events if isinstance(event, dict)]

    async def logged(self, event: str, *, seconds: float = HANGS_SECONDS) -> dict[str, Any]:
        """The first log event of this name, once it is there.

        Fails with the end of the log when the service ends before it, or after so many seconds.
        """
        try:
            async with asyncio.timeout(seconds), self._more:
                while True:
                    for found in self.log_lines():
                        if found.get("event") == event:
                            return found
                    if self._reader.done():
                        await self.process.wait()
                        raise AssertionError(self._told(f"ended before it logged {event!r}"))
                    await self._more.wait()
        except TimeoutError:
            reason = f"did not log {event!r} within {seconds} s"
            raise AssertionError(self._told(reason)) from None

    @contextlib.contextmanager
    def log_unread(self) -> Iterator[None]:
        """Nobody reads what it logs while the context lasts, and the pipe holds little."""
        output = self.process.stdout
        transport = getattr(output, "_transport", None)
        assert transport is not None
        with contextlib.suppress(OSError):
            fcntl.fcntl(transport.get_extra_info("pipe"), SET_PIPE_SIZE, SMALLEST_PIPE_BYTES)
        transport.pause_reading()
        try:
            yield
        finally:
            if not transport.is_closing():
                transport.resume_reading()

    async def stop(self) -> int:
        """SIGTERM, then wait: its exit code."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """SIGKILL: the power cut. Processes that it started may outlive it."""
        return await self._end(signal.SIGKILL)

    async def end_well(self) -> None:
        """Stop unless the test did; fails unless it ran until now and then ends with 0."""
        if self._ended_by_test:
            return
        if self.process.returncode is not None:
            raise AssertionError(self._told("ended by itself"))
        code = await self.stop()
        assert code == 0, self._told("did not end well on SIGTERM")

    def tail(self) -> str:
        """The end of the log."""
        return "\n".join(self.lines[-TAIL:])

    async def _end(self, number: signal.Signals) -> int:
        self._ended_by_test = True
        if self.process.returncode is None:
            self.process.send_signal(number)
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                code = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            what = f"still ran {HANGS_SECONDS} s after {number.name}"
            raise AssertionError(self._told(what)) from None
        await self._reader
        return code

    async def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        async for line in output:
            self.lines.append(line.decode(errors="replace").rstrip())
            async with self._more:
                self._more.notify_all()
        async with self._more:
            self._more.notify_all()

    def _told(self, what: str) -> str:
        return f"The service {what} (exit code {self.process.returncode}):\n{self.tail()}"


MEASURED = ("-m", "coverage", "run", "--parallel-mode", f"--rcfile={HOME / 'pyproject.toml'}")
"""How Python starts a service whose lines count as covered, if it ends by itself."""


async def spawn(
    tmp_path: Path,
    *settings: str,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = (),
) -> Running:
    """Start the service on a free port, and leave the rest to the caller.

    `settings` are `section.key=value`. Its data is in `tmp_path / "data"`, so that a second call
    carries on where the first one ended; its configuration file is `tmp_path / "config.toml"`,
    empty unless the test writes it.
    """
    config = tmp_path / "config.toml"
    config.touch()
    arguments = ["--config", str(config), "--data-dir", str(tmp_path / "data")]
    for setting in ("http.port=0", "log.format=json", *settings):
        arguments += ["--set", setting]
    # settings of the person who runs the tests are none of the tests' business
    inherited = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *python,
        str(HOME / "run.py"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
        env=inherited | dict(environment or {}),
    )
    return Running(process)


def command(
    tmp_path: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What a command of `run.py` did; unless it says otherwise, its data is `tmp_path / "data"`."""
    inherited = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
    named = any(word in {"--data-dir", "--config"} or "data_dir=" in word for word in arguments)
    data = () if named else ("--data-dir", str(tmp_path / "data"))
    # nor is what this person has in config.local.toml
    config = () if "--config" in arguments else ("--config", os.devnull)
    return subprocess.run(
        [sys.executable, HOME / "run.py", *config, *data, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=inherited | dict(environment or {}),
        cwd=tmp_path,
        timeout=HANGS_SECONDS,
    )


@asynccontextmanager
async def running_service(
    tmp_path: Path,
    *settings: str,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = (),
) -> AsyncIterator[Running]:
    """Start the service as `spawn` does; yields it when it is ready, ends it with the block.

    Fails with the end of the log if the service does not become ready, ends by itself, or does
    not end with 0 on SIGTERM.
    """
    running = await spawn(tmp_path, *settings, environment=environment, python=python)
    try:
        running.url = (await running.logged("ready"))["url"]
        yield running
    except BaseException as error:
        if running.process.returncode is None:
            with contextlib.suppress(AssertionError):  # the first failure is the one to show
                await running.stop()
        if running.url:  # what failed before says so itself
            error.add_note(f"The service logged:\n{running.tail()}")
        raise
    await running.end_well()
