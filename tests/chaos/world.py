"""The system under test of a chaos run: service processes over one data folder, and Redis."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import signal
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tests.chaos.fairness import PUT_BACK_SECONDS, longest_wait
from tests.chaos.redis import MARK, Embedded, External, Redis, signal_to
from tests.support.moved_clock import MovedClock
from tests.support.running import Running, spawn

DAY = 86_400.0
STEPS = (-3600.0, 40 * DAY, -40 * DAY, 3600.0)
STARTS = 3  # attempts to start a service until the run fails
ALARMING = ("error", "critical")  # levels of the log
EXPECTED = {  # errors that faults of the infrastructure cause, and that belong in the log
    "redis died",
    "redis does not start",
    "redis is full",
    "commit failed",
}


class Node:
    """One service process, restarted many times over the same data folder."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], settings: tuple[str, ...]
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._settings = settings
        self._running: Running | None = None
        self._starting: asyncio.Task[None] | None = None
        self.url = ""
        """Its address; "" while it does not listen."""
        self.trouble: list[str] = []
        """Lines that do not belong in its log, and wrong exit codes."""

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.process.pid

    @property
    def lines(self) -> list[str]:
        """What it has logged since its last start."""
        assert self._running is not None
        return self._running.lines

    def log_unread(self) -> AbstractContextManager[None]:
        """Its log is not read while the context lasts."""
        assert self._running is not None
        return self._running.log_unread()

    async def start(self) -> None:
        """Start the process; `up` waits until it is ready."""
        self._running = await self._spawn()
        self._starting = asyncio.create_task(self._become_ready(self._running), name="start")

    async def _spawn(self) -> Running:
        return await spawn(self._folder, *self._settings, environment=self._environment)

    async def up(self) -> None:
        """Wait until it is ready; fails if it is not after STARTS starts."""
        for _ in range(STARTS):
            assert self._starting is not None
            try:
                return await self._starting
            except AssertionError as failure:  # start again, as a service manager does
                self.trouble.append(str(failure))
                await self.bury()
                await self.start()
        raise AssertionError(self.trouble[-1])

    async def kill(self) -> None:
        """SIGKILL, also in the middle of a start."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, after which it must exit with 0; one that is not ready yet may just die."""
        was_up = bool(self.url)
        code = await self._end(signal.SIGTERM)
        if code != 0 and (was_up or code != -signal.SIGTERM):
            self.trouble.append(f"exit code {code} after SIGTERM")

    async def bury(self) -> None:
        """Clean up after its end."""
        if self._running is None or self._starting is None:
            return
        await self._running.kill()
        await asyncio.gather(self._starting, return_exceptions=True)

    async def _become_ready(self, running: Running) -> None:
        self.url = (await running.logged("ready"))["url"]

    async def _end(self, number: signal.Signals) -> int:
        assert self._running is not None
        assert self._starting is not None
        self.url = ""
        self._starting.cancel()
        with contextlib.suppress(asyncio.CancelledError, AssertionError):
            await self._starting
        by_itself = self._running.process.returncode
        if by_itself is not None:
            self.trouble.append(f"ended by itself with {by_itself}")
        code = await (self._running.kill() if number == signal.SIGKILL else self._running.stop())
        if number == signal.SIGKILL and self._running.lines:
            self._running.lines.pop()  # may be half a line
        self._look_at_log(self._running)
        return code

    def _look_at_log(self, running: Running) -> None:
        events = running.log_lines()
        self.trouble += [
            str(event)
            for event in events
            if event.get("level") in ALARMING and event["event"] not in EXPECTED
        ]
        if len(events) < len(running.lines):
            self.trouble += [line for line in running.lines if not line.startswith("{")]


class World:
    """The nodes, their Redis and their shared data folder."""

    def __init__(self, folder: Path, *, nodes: int, external: bool, delay: float) -> None:
        self.mark = secrets.token_hex(8)
        self.delay = delay
        self.folder = folder
        self.data = folder / "data"
        self.record = folder / "begun"
        self.record.touch()
        self.nothing = folder / "nothing"
        self.nothing.mkdir()
        self.clock = MovedClock(folder)
        self.faults: list[tuple[float, float]] = []
        """When each began and ended, in seconds since the epoch."""
        self.steps = itertools.cycle(STEPS)
        """How far the clock is set wrong each time, in seconds."""
        self.twins: list[str] = []
        """Requests for pictures that an earlier, removed request had shown as well."""
        self.redis: Redis = External(folder / "ext", self.mark) if external else Embedded(self.data)
        settings = (
            f"redis.url={self.redis.url if external else 'embedded'}",
            "service.lease=2",
            "service.drain=3",
            "retention.interval=1",
            *(
                f"{section}.{setting}"
                for section in ("text", "image")
                for setting in (
                    "generator=simulated",
                    "backoff=0.1",
                    "attempts=30",  # each kill counts as an attempt of what is running
                    f"simulated.delay={delay}",
                    f"simulated.record={self.record}",
                )
            ),
            "image.simulated.distinct=true",
            'webhooks.allow=["127.0.0.0/8"]',
            "webhooks.schedule=[0.2, 0.5, 1.0]",
        )
        environment = {MARK: self.mark, **self.clock.environment()}
        self.nodes = [Node(folder, environment, settings) for _ in range(nodes)]
        self._sizes = itertools.cycle([(4, 4), (1, 3), (8, 2), (2, 6)])
        self.resize()

    @contextlib.contextmanager
    def fault(self) -> Iterator[None]:
        """A fault is at work within the context."""
        began = time.time()
        try:
            yield
        finally:
            self.faults.append((began, time.time()))

    def resize(self) -> None:
        """Change the numbers of workers in config.toml, atomically."""
        text, image = next(self._sizes)
        draft = self.folder / "config.toml.new"
        draft.write_text(f"[text]\nworkers = {text}\n[image]\nworkers = {image}\n")
        draft.replace(self.folder / "config.toml")

    async def start(self) -> None:
        """Start everything and wait until it is ready."""
        if isinstance(self.redis, External):
            await self.redis.start()
        for node in self.nodes:
            await node.start()
        await self.up()

    async def up(self) -> None:
        """Wait until every node is ready."""
        for node in self.nodes:
            await node.up()

    async def stop(self) -> None:
        """Stop everything in order."""
        for node in self.nodes:
            await node.stop()
        if isinstance(self.redis, External):
            await self.redis.stop()

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query of the database returns."""
        with contextlib.closing(sqlite3.connect(self.data / "feedmill.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql)]

    def longest_wait(self) -> tuple[float, str]:
        """How long a client was starved, in fair waits, and which."""
        put_back = 0 if len(self.nodes) == 1 else PUT_BACK_SECONDS
        return longest_wait(self.data / "feedmill.db", self.faults, put_back)

    def processes(self) -> list[int]:
        """All processes of this run, found by their environment (Linux; else none)."""
        pids = []
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):  # gone, or another user's
                if f"{MARK}={self.mark}".encode() in environment.read_bytes().split(b"\0"):
                    pids.append(int(environment.parent.name))
        return pids

    async def destroy(self) -> None:
        """Kill what is left of the run after a failure."""
        for pid in self.processes():
            signal_to(pid, signal.SIGCONT)
            signal_to(pid, signal.SIGKILL)
        for node in self.nodes:
            await node.bury()
        if isinstance(self.redis, External):
            await self.redis.stop()
