"""The drawing processes: one for each job at a time, started when needed and kept for the next."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

from service.generators.illustrator.processes.wire import (
    HEAD,
    Answer,
    DrawingJob,
    Hello,
    decode_answer,
    framed,
    length,
)
from service.process.child_process import environment

PACKAGE = __name__.rpartition(".")[0]
ROOT = Path(__file__).resolve().parents[PACKAGE.count(".") + 1]
"""The folder that holds the outermost package: the child is started there to import it."""


class ChildGone(Exception):
    """A drawing process ended, or could not be started."""


class CannotDraw(ChildGone):
    """No drawing process could be started."""


RESTART_SECONDS = (0.1, 30.0)
"""Before a drawing process is started in place of one that ended: at first, and at most."""


class Child:
    """One running drawing process that waits for a job."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.ready = False
        """Whether it has said hello."""
        self.retirement: asyncio.TimerHandle | None = None
        """Set while the child is idle and not the last one."""

    @classmethod
    async def spawn(cls) -> Child:
        """A child that still has to say hello. Raises ChildGone."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"{PACKAGE}.child",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
                env=environment(),
            )
        except OSError as error:
            raise ChildGone(str(error)) from error
        return cls(process)

    async def greeted(self) -> None:
        """Wait until it has imported everything. Raises ChildGone."""
        if not isinstance(await self._hear(), Hello):
            raise ChildGone("it did not say hello")
        self.ready = True

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def draw(self, job: DrawingJob) -> Answer:
        """The answer to one job. Raises ChildGone; after that, or a cancel, only kill it."""
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - started with a pipe
        try:
            stdin.write(framed(job))
            await stdin.drain()
        except ConnectionError as error:
            raise ChildGone("it ended") from error
        return await self._hear()

    async def _hear(self) -> Answer:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - started with a pipe
        try:
            head = await stdout.readexactly(HEAD.size)
            answer: Answer = decode_answer(await stdout.readexactly(length(head)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise ChildGone("it ended or sent nonsense") from error
        return answer

    def dismiss(self) -> None:
        """Close its stdin: an idle child ends by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        if self.alive:
            self._process.kill()

    async def ended(self) -> None:
        await self._process.wait()


class Children:
    """All drawing processes of one illustrator. At rest one is kept warm."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._ended = asyncio.Event()
        """Set when one has ended."""
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ready(self) -> bool:
        """Whether there is one that can draw."""
        return any(child.alive and child.ready for child in self._all)

    @property
    def pids(self) -> set[int]:
        return {child.pid for child in self._all if child.alive}

    async def start(self) -> None:
        """Start the first child. Raises ChildGone."""
        async with self.one():
            pass
        self._run(self._keep(), "drawing process keeper")

    async def stop(self) -> None:
        """End them all; returns when no process is left."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for child in self._idle:
            self._stay(child)
        self._idle.clear()
        for child in self._all:
            child.kill()  # they hold nothing that a gentle end would save
        for child in self._all:
            await child.ended()
        self._all.clear()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Child]:
        """A warm child or a new one. If the body fails or is cancelled the child is killed."""
        child = await self._take()
        try:
            yield child
        except BaseException:
            child.kill()
            raise
        self._put_back(child)

    async def _take(self) -> Child:
        self._all = {child for child in self._all if child.alive}
        while self._idle:
            child = self._idle.pop()  # the one used last: surplus ones get to rest and retire
            self._stay(child)
            if child.alive:
                return child
        try:
            child = await Child.spawn()
        except ChildGone as problem:
            raise CannotDraw(str(problem)) from problem
        self._all.add(child)
        self._run(self._look_after(child), "drawing process")
        try:
            await child.greeted()
        except ChildGone as problem:
            child.kill()
            raise CannotDraw(str(problem)) from problem
        except BaseException:
            child.kill()
            raise
        return child

    def _run(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _look_after(self, child: Child) -> None:
        await child.ended()
        self._ended.set()

    async def _keep(self) -> None:
        """Start one when the last has ended, until cancelled: the next job finds it warm."""
        pause, longest = RESTART_SECONDS
        while True:
            await self._ended.wait()
            self._ended.clear()
            await asyncio.sleep(pause)  # a job that waits starts one itself
            if any(child.alive for child in self._all):
                continue
            try:
                self._put_back(await self._take())
            except ChildGone:
                self._ended.set()
                pause = min(longest, pause * 2)
            else:
                pause = RESTART_SECONDS[0]

    def _put_back(self, child: Child) -> None:
        if self._idle:
            loop = asyncio.get_running_loop()
            child.retirement = loop.call_later(self._idle_seconds, self._retire, child)
        self._idle.append(child)

    def _retire(self, child: Child) -> None:
        self._idle.remove(child)
        child.dismiss()

    @staticmethod
    def _stay(child: Child) -> None:
        if child.retirement is not None:
            child.retirement.cancel()
            child.retirement = None
