"""The child process of the local model: started with the service, restarted when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from service.generators.protocol import CannotStart, GenerationFailed
from service.installation import FETCH_MODEL
from service.process.child_process import environment

log = structlog.get_logger()

CANNOT_RUN = (
    "This processor cannot run local text models (on x86 it needs AVX2): "
    "set text.generator to another one, such as openai."
)

CHILD = Path(__file__).with_name("llama_child.py")

LOAD_SECONDS = 120.0
"""For a model to load: the bundled one takes less than a second, a large one on a slow disk may
take a minute."""

END_SECONDS = 2.0
"""Between closing the child's standard input, which ends it, and killing it."""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.2, 30.0
"""Before a restart; doubled while the model keeps dying."""

STABLE_SECONDS = 60.0
"""After which a running model counts as stable: its next restart is quick."""

FILE_CHECK_SECONDS = 1.0
"""Between two checks for a missing model file."""

RESTART_TIMEOUT_SECONDS = 10.0
"""For which a job waits for a model that is being restarted; then it fails as in an outage."""

MISSING_LIBRARY = re.compile(r"ImportError: (lib[\w.+-]+): cannot open shared object file")
DEBIAN = {"libgomp.so.1": "libgomp1", "libstdc++.so.6": "libstdc++6"}
"""The Debian packages of the libraries that the wheel of xllamacpp does not contain."""


@dataclass(frozen=True, slots=True)
class Command:
    """The child's arguments: a GGUF file, concurrent texts, threads in all, tokens per text."""

    model: Path
    slots: int
    threads: int
    context: int

    def words(self) -> list[str]:
        # -P keeps the script's folder, with its module names, off the import path.
        return [
            *(sys.executable, "-P", str(CHILD), str(self.model), "--slots", str(self.slots)),
            *("--threads", str(self.threads), "--context", str(self.context)),
        ]


class ModelProcess:
    """The child process of a local model. Open it once; `url` and `key` give access to its API.

    Its log is `log_file`, cut at 1 MB and overwritten at every start.
    """

    def __init__(self, command: Command, log_file: Path) -> None:
        self.key = secrets.token_urlsafe(24)
        self._command = command
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._url = ""
        self._serving = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Start the model; if its file is missing, as soon as it appears."""
        process = await self._start() if self._command.model.is_file() else None
        self._keeper = asyncio.create_task(self._keep(process), name="text model keeper")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper

    @property
    def pid(self) -> int | None:
        """The process id of the model; None while it does not run."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if self._process is not None and running else None

    @property
    def serving(self) -> bool:
        """Whether the model is ready for jobs."""
        return self.pid is not None and self._serving.is_set()

    async def url(self) -> str:
        """The base URL of the API; waits RESTART_TIMEOUT_SECONDS for a model that restarts."""
        if self.pid is None:
            if not self._command.model.is_file():
                raise GenerationFailed(
                    "The text model is not installed here.", retryable=True, cause="setup"
                )
            self._serving.clear()  # it has just died; the keeper will notice in a moment
        try:
            async with asyncio.timeout(RESTART_TIMEOUT_SECONDS):
                await self._serving.wait()
        except TimeoutError:
            raise GenerationFailed(
                "The text model stopped and is being restarted.", retryable=True, cause="away"
            ) from None
        return self._url

    async def _keep(self, process: asyncio.subprocess.Process | None) -> None:
        """Wait for the end of the model and start it again, until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        try:
            while True:
                started = time.monotonic()
                if process is None:
                    await self._wait_for_file()
                else:
                    code = await process.wait()
                    self._serving.clear()
                    if time.monotonic() - started > STABLE_SECONDS:
                        pause = FIRST_PAUSE_SECONDS
                    log.warning("text model died", exit_code=code, restart_in=pause)
                while True:
                    # Jitter, so that several services on one machine do not load at once.
                    await asyncio.sleep(pause * random.uniform(0.5, 1.0))
                    pause = min(pause * 2, MAX_PAUSE_SECONDS)
                    try:
                        process = await self._start()
                        break
                    except CannotStart as problem:
                        log.warning("text model does not start", problem=str(problem))
        finally:
            self._serving.clear()
            if self._process is not None:
                await _end(self._process)

    async def _wait_for_file(self) -> None:
        while not self._command.model.is_file():  # noqa: ASYNC110 - nothing wakes us
            await asyncio.sleep(FILE_CHECK_SECONDS)

    async def _start(self) -> asyncio.subprocess.Process:
        """Start the child and wait until it serves; CannotStart if it does not."""
        try:
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            with self._log_file.open("wb") as log_file:
                process = await asyncio.create_subprocess_exec(
                    *self._command.words(),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log_file,
                    env=environment(),
                )
        except OSError as problem:
            raise CannotStart(
                f"The process of the text model cannot be started: {problem.strerror}."
            ) from problem
        self._process = process
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                url = await _hand_over(process, self.key)
        except TimeoutError:
            await _end(process)
            raise CannotStart(
                f"The text model did not load within {LOAD_SECONDS:.0f} seconds: choose a smaller "
                "model."
            ) from None
        except BaseException:
            await _end(process)
            raise
        if not url:
            raise CannotStart(_reason(await process.wait(), self._log_file))
        self._url = url
        self._serving.set()
        return process


async def _hand_over(process: asyncio.subprocess.Process, key: str) -> str:
    """Pass the child its key and read its address; empty if it ended instead."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("the child was started without pipes")
    with contextlib.suppress(ConnectionError):  # it died before it read: its exit code shows why
        process.stdin.write(f"{key}\n".encode())
        await process.stdin.drain()
    return (await process.stdout.readline()).decode().strip()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the child's standard input, which ends it; kill it if it hangs."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _reason(code: int, log_file: Path) -> str:
    """One sentence: why the child ended, and what to do about it."""
    if code == -getattr(signal, "SIGILL", 4):
        return CANNOT_RUN
    tail = log_file.read_text(errors="replace")[-2000:] if log_file.exists() else ""
    if why := why_not_imported(tail):
        return why
    return (
        f"The text model could not be loaded (see {log_file}): the file is damaged, not a GGUF "
        "model or too large for the memory. To get the bundled one again, delete its file and run "
        f"`{FETCH_MODEL}`."
    )


def why_not_imported(printed: str) -> str | None:
    """One sentence: why the model's package cannot be used, by its traceback; None if it can."""
    if missing := MISSING_LIBRARY.search(printed):
        name = missing[1]
        on_debian = f" (Debian, Ubuntu: `apt-get install {DEBIAN[name]}`)" if name in DEBIAN else ""
        return (
            f"The text model needs the system library {name}: install it{on_debian}, or set "
            "text.generator to another one, such as openai."
        )
    if "ModuleNotFoundError" in printed or "ImportError" in printed:
        return "The package xllamacpp is not installed or not usable: install feedmill again."
    return None
