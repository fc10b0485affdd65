"""The service with much of something: a backlog, a history, workers, long prompts."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks import driver, history, processes
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.jobs import Jobs, Tally
from benchmarks.results import Results
from benchmarks.rounds import LOOK_AGAIN, RATE, WARM, Load

BACKLOG = 100_000  # waiting requests
HISTORY = 1_000_000  # finished requests
WORKERS = (1, 16, 256)
PROMPTS = (100, 10_000)  # bytes
PICTURE = 3.0  # seconds of a picture while every image worker is busy
PICTURES = 200  # more than 16 workers finish during the measurement


async def growth(number: int, load: Load, folder: Path, results: Results) -> None:
    """One round; the long phases run in the first round only."""
    if number == 0:
        await backlog(folder / "backlog", results)
        await long_history(load, folder / "history", results)
    for workers in WORKERS:
        name = f"workers{workers}"
        settings = (*SIMULATED, f"text.workers={workers}", f"image.workers={workers}")
        await _end_to_end(name, load, folder / f"{number}-{name}", results, settings=settings)
    for length in PROMPTS:
        name = f"prompt{length}"
        for who, settings in (("service", SIMULATED), ("durable", ())):
            home = folder / f"{number}-{name}-{who}"
            await _end_to_end(name, load, home, results, who, settings=settings, length=length)
    await busy_images(load, folder / f"{number}-busy", results)


async def backlog(folder: Path, results: Results) -> None:
    """Start with a backlog and drain it."""
    await history.unfinished(folder, BACKLOG)
    async with running("service", folder, *SIMULATED) as service:
        began, most = time.perf_counter(), 0.0
        async with asyncio.timeout(10 * driver.PATIENCE):
            while history.done(folder) < BACKLOG:
                most = max(most, processes.resident(service.pid))
                await asyncio.sleep(1)
        per_s = BACKLOG / (time.perf_counter() - began)
    results.note("backlog", "service", {"jobs_per_s": per_s, "main_mib": most})
    tally = Tally()
    tally.counts["done"] = BACKLOG
    results.check("backlog", "service", tally)


async def long_history(load: Load, folder: Path, results: Results) -> None:
    """Work with many finished requests in SQLite."""
    await history.finished(folder, HISTORY)
    await _end_to_end("history", load, folder, results)


async def busy_images(load: Load, folder: Path, results: Results) -> None:
    """Texts while every image worker is busy."""
    settings = (*SIMULATED, f"image.simulated.delay={PICTURE}")
    async with running("service", folder, *settings) as service:
        client = Client(service.url)
        await driver.end_to_end(Jobs(client), WARM, service.pid)
        await driver.all_of(Jobs(client, "image").submit, range(PICTURES))
        jobs = Jobs(client)
        figures, fates = await driver.at_a_rate(jobs, RATE, 2 * load.seconds, LOOK_AGAIN)
        results.note("busy", "service", figures)
        results.check("busy", "service", jobs.tally(fates.values()))
        await service.kill()


async def _end_to_end(
    name: str,
    load: Load,
    folder: Path,
    results: Results,
    who: str = "service",
    *,
    settings: tuple[str, ...] = SIMULATED,
    length: int = 0,
) -> None:
    async with running(who, folder, *settings) as contender:
        client = Client(contender.url)
        await driver.end_to_end(Jobs(client), WARM, contender.pid)
        jobs = Jobs(client, length=length)
        figures, fates = await driver.end_to_end(jobs, load.jobs, contender.pid)
        figures["main_mib"] = processes.resident(contender.pid)
        results.note(name, who, figures)
        results.check(name, who, jobs.tally(fates.values()))
        client.close()
