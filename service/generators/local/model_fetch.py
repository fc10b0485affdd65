"""Fetches the bundled text model in the background of a service that was installed as a package."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from service.local_models import bundled_model

log = structlog.get_logger()

RETRY_SECONDS = 60.0
"""Between attempts while no source can be reached."""
STEPS = 10
"""Log lines of a whole download."""


class _ServiceEnds(Exception):
    """The service ends before the download."""


@contextlib.asynccontextmanager
async def fetching(target: Path, advice: str) -> AsyncIterator[None]:
    """Fetch the model while this is open, and log the progress; `advice` is logged if it fails.

    A thread does it that a stop does not wait for: what it has is kept, and a later start resumes.
    """
    stopped = threading.Event()
    keeper = asyncio.create_task(_fetch(target, advice, stopped))
    try:
        yield
    finally:
        stopped.set()
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _fetch(target: Path, advice: str, stopped: threading.Event) -> None:
    log.info("fetching the text model", megabytes=bundled_model.SIZE_MB, file=str(target))
    while problem := await _attempt(target, stopped):
        log.warning("the text model could not be fetched", problem=problem, advice=advice)
        await asyncio.sleep(RETRY_SECONDS)
    log.info("the text model is there")


async def _attempt(target: Path, stopped: threading.Event) -> str:
    """Why the model could not be fetched; "" if it is there."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[str] = loop.create_future()
    steps = 0

    def report(done: int, total: int) -> None:
        nonlocal steps
        if stopped.is_set():
            raise _ServiceEnds
        if total and done * STEPS // total > steps:
            steps = done * STEPS // total
            log.info("fetching the text model", percent=steps * 100 // STEPS)

    def work() -> None:
        problem = ""
        try:
            bundled_model.fetch(target, report=report)
        except _ServiceEnds:
            return
        except (bundled_model.NotFetched, OSError) as error:
            problem = str(error)
        if not stopped.is_set():
            loop.call_soon_threadsafe(ended.set_result, problem)

    threading.Thread(target=work, name="model-fetch", daemon=True).start()
    return await ended
