"""The service beside its bounds: in each round all do the same."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import driver, feeds
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, Contender, running
from benchmarks.jobs import Jobs
from benchmarks.results import Results

WARM = 200  # jobs before the measurement
RATE = 100.0  # jobs a second
LOOK_AGAIN = 0.002  # seconds between two views of a job that is not done
BUSY = 60.0  # seconds of a generation while only submitting is measured: none ends

QUEUES = ("full", "durable", "service")


@dataclass(frozen=True)
class Load:
    """The load of a round: jobs from end to end, and seconds of every other phase."""

    jobs: int = 5000
    seconds: float = 2.0


async def round_of(number: int, load: Load, folder: Path, results: Results) -> None:
    """One round, in alternating order."""
    turns = [(queue, name) for name in QUEUES]
    turns += [(submit, "durable"), (submit, "service"), (feed, "feed")]
    for phase, name in turns if number % 2 == 0 else reversed(turns):
        await phase(name, load, folder / f"{number}-{name}-{phase.__name__}", results)


async def queue(name: str, load: Load, folder: Path, results: Results) -> None:
    """Jobs from end to end, views, latency at a fixed rate, and feeds of the service."""
    settings: tuple[str, ...] = ()
    record = None
    if name == "service":
        record = folder / "generations"
        kinds = ("text", "image")
        settings = (*SIMULATED, *(f"{kind}.simulated.record={record}" for kind in kinds))
    async with running(name, folder, *settings) as contender:
        client = Client(contender.url)
        await driver.end_to_end(Jobs(client), WARM, contender.pid)
        for tag in ("text", "instagram"):
            jobs = Jobs(client, tag)
            figures, fates = await driver.end_to_end(jobs, load.jobs, contender.pid)
            results.note(tag, name, figures)
            results.check(tag, name, jobs.tally(fates.values(), record))
            if tag == "text":
                figures = await driver.viewing(jobs, load.seconds, contender.pid)
                results.note("view", name, figures)
        jobs = Jobs(client)
        figures, fates = await driver.at_a_rate(jobs, RATE, 2 * load.seconds, LOOK_AGAIN)
        results.note("rate", name, figures)
        results.check("rate", name, jobs.tally(fates.values(), record))
        if name == "service":
            results.note("start", name, {"empty_ms": contender.ready_in * 1000})
            feeds.store(contender.database)
            await _read_feeds(contender, load, results)
        client.close()


async def submit(name: str, load: Load, folder: Path, results: Results) -> None:
    """Submitting while no generation ends; accepted requests must survive a kill."""
    if name == "service":
        settings: tuple[str, ...] = (*SIMULATED, f"text.simulated.delay={BUSY}")
    else:
        settings = (str(BUSY),)
    async with running(name, folder, *settings) as contender:
        client = Client(contender.url)
        await driver.submitting(Jobs(client), load.seconds / 10)
        jobs = Jobs(client)
        results.note("submit", name, await driver.submitting(jobs, load.seconds))
        await contender.kill()
    database = contender.database if name == "service" else folder / "durable.db"
    kept = _ids(database)
    results.check(
        "submit", name, jobs.tally("done" if id_ in kept else "lost" for id_ in jobs.prompts)
    )


async def feed(name: str, load: Load, folder: Path, results: Results) -> None:
    """The bound for reading feeds."""
    async with running(name, folder) as contender:
        await _read_feeds(contender, load, results)


async def _read_feeds(contender: Contender, load: Load, results: Results) -> None:
    client = Client(contender.url)
    for size in feeds.SIZES:
        targets = feeds.questions(size)
        figures = await driver.reading_feeds(client, targets, load.seconds, contender.pid)
        results.note(f"feed{size}", contender.name, figures)
    client.close()


def _ids(database: Path) -> set[str]:
    with closing(sqlite3.connect(database)) as connection:
        return {id_ for (id_,) in connection.execute("SELECT id FROM requests")}
