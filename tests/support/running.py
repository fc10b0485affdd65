"""The real service in a separate process."""

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

from tests.support.forked import Forked, Start, completed
from tests.support.outside import unused_port
from tests.support.waiting import HANGS_SECONDS

HOME = Path(__file__).resolve().parents[2]
LONGEST_LINE = 2**20  # bytes; a traceback is one line of JSON
SET_PIPE_SIZE = 1031  # fcntl(2) on Linux
SMALLEST_PIPE_BYTES = 4096
TAIL = 40  # lines of the log that are shown when something goes wrong


class Running:
    """A running service: its `url`, its `process`, and its log `lines` so far."""

    url = ""

    def __init__(self, process: asyncio.subprocess.Process | Forked) -> None:
        self.process = process
        self.lines: list[str] = []
        self._more = asyncio.Condition()
        self._ended_by_test = False
        self._reader = asyncio.create_task(self._read(), name="log of the service")

    def log_lines(self) -> list[dict[str, Any]]:
        """The log events; other output (a traceback, a sentence for users) is in `lines`."""
        events = []
        for line in self.lines:
            with contextlib.suppress(json.JSONDecodeError):
                events.append(json.loads(line))
        return [event for event in events if isinstance(event, dict)]

    async def logged(self, event: str, *, seconds: float = HANGS_SECONDS) -> dict[str, Any]:
        """Wait for the first log event with this name.

        Fails with the end of the log if the service ends before it, or after so many seconds.
        """
        try:
            async with asyncio.timeout(seconds), self._more:
                while True:
                    for line in self.log_lines():
                        if line.get("event") == event:
                            return line
                    if self._reader.done():
                        await self.process.wait()
                        raise AssertionError(self._report(f"ended before it logged {event!r}"))
                    await self._more.wait()
        except TimeoutError:
            reason = f"did not log {event!r} within {seconds} s"
            raise AssertionError(self._report(reason)) from None

    @contextlib.contextmanager
    def log_unread(self) -> Iterator[None]:
        """Within the context its log is not read, and the pipe's buffer is small."""
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
        """Send SIGTERM and wait; returns the exit code."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """Send SIGKILL, like a power cut. Processes that it started may outlive it."""
        return await self._end(signal.SIGKILL)

    async def end_well(self) -> None:
        """Stop it unless the test did; fails if it has ended by itself or exits with an error."""
        if self._ended_by_test:
            return
        if self.process.returncode is not None:
            raise AssertionError(self._report("ended by itself"))
        code = await self.stop()
        assert code == 0, self._report("did not end well on SIGTERM")

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
            raise AssertionError(self._report(what)) from None
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

    def _report(self, what: str) -> str:
        return f"The service {what} (exit code {self.process.returncode}):\n{self.tail()}"


MEASURED = ("-m", "coverage", "run", "--parallel-mode", f"--rcfile={HOME / 'pyproject.toml'}")
"""Options of Python that measure the coverage of a service, if it exits normally."""


async def spawn(
    tmp_path: Path,
    *settings: str,
    environment: Mapping[str, str] | None = None,
    python: Sequence[str] = (),
) -> Running:
    """Start the service on a free port; the caller waits for it and stops it.

    The port stays free after its end, for a start with the same `http.port`.

    With an `environment` or options for `python` it is started as a user would start it, else
    forked from a process that has its modules already, which is much faster.

    `settings` are `section.key=value`. Its data is in `tmp_path / "data"`, so that a second call
    continues with the same data; its configuration file is `tmp_path / "config.toml"`, empty unless
    the test writes it.
    """
    config = tmp_path / "config.toml"
    config.touch()
    arguments = ["--config", str(config), "--data-dir", str(tmp_path / "data")]
    for setting in (f"http.port={unused_port()}", "log.format=json", *settings):
        arguments += ["--set", setting]
    # the tests ignore settings in the environment of the person who runs them
    inherited = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
    if not (python or environment):
        return Running(await Forked.start(Start(arguments, inherited, Path.cwd()), LONGEST_LINE))
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
    """Run a command of `run.py`; its data is in `tmp_path / "data"` unless an argument says so.

    As with `spawn`, only a command with an `environment` is started as a user would start it.
    """
    inherited = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
    named = any(word in {"--data-dir", "--config"} or "data_dir=" in word for word in arguments)
    data = () if named else ("--data-dir", str(tmp_path / "data"))
    # the tests ignore config.local.toml, too
    config = () if "--config" in arguments else ("--config", os.devnull)
    words = [*config, *data, *arguments]
    if not environment:
        return completed(Start(words, inherited, tmp_path), HANGS_SECONDS)
    return subprocess.run(
        [sys.executable, HOME / "run.py", *words],
        capture_output=True,
        text=True,
        check=False,
        env=inherited | dict(environment),
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
    """Start the service as `spawn` does; yields it when it is ready, stops it after the block.

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
        if running.url:  # an earlier failure has the log already
            error.add_note(f"The service logged:\n{running.tail()}")
        raise
    await running.end_well()
