"""Two processes that share a data folder, beside one: `python -m benchmarks.two_processes`.

Each has a driver of its own, also a process, so that three or five of them compete for the cores:
on two cores it shows what sharing costs, on more what it brings. The database is SQLite, Redis is
external.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec
import uvloop

from benchmarks import driver, processes
from benchmarks.client import Client
from benchmarks.contenders import HOME, SIMULATED, Contender, running
from benchmarks.jobs import Jobs
from service.store.redis.server.embedded import find_server

ROUNDS = 3
JOBS = 4000  # in a round, for all processes together
TAGS = ("text", "instagram")


async def main() -> int:
    """Measure, and print a table."""
    lost = 0
    print("| processes | tag | jobs/s | CPU (ms a job) |\n| --- | --- | --: | --: |")
    for count in (1, 2):
        with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
            async with _processes(count, Path(name)) as services:
                await _round(services, "text", JOBS // 4)
                for tag in TAGS:
                    rounds = [await _round(services, tag, JOBS) for _ in range(ROUNDS)]
                    per_s, cpu, missing = zip(*rounds, strict=True)
                    lost += int(sum(missing))
                    middle = statistics.median
                    print(f"| {count} | {tag} | {middle(per_s):,.0f} | {middle(cpu):.2f} |")
    print(f"{os.cpu_count()} cores, {ROUNDS} rounds of {JOBS:,} jobs, {lost} not done")
    return 1 if lost else 0


@asynccontextmanager
async def _processes(count: int, folder: Path) -> AsyncIterator[Sequence[Contender]]:
    async with AsyncExitStack() as stack:
        redis = folder / "redis.sock"
        server = await asyncio.create_subprocess_exec(
            *(find_server(), "--port", "0", "--unixsocket", str(redis), "--dir", str(folder)),
            *("--appendonly", "yes", "--save", "", "--loglevel", "warning"),
            stdout=asyncio.subprocess.DEVNULL,
        )
        stack.callback(server.kill)
        settings = (*SIMULATED, f"redis.url=unix://{redis}")
        yield [
            await stack.enter_async_context(
                running(f"service {number}", folder, *settings, f"service.node=node{number}")
            )
            for number in range(count)
        ]


async def _round(services: Sequence[Contender], tag: str, jobs: int) -> tuple[float, float, float]:
    """Jobs a second, milliseconds of CPU for each, and how many were not done."""
    used = sum(processes.cpu(service.pid) for service in services)
    each = jobs // len(services)
    answers = await asyncio.gather(
        *(
            _driven("-m", "benchmarks.two_processes", service.url, tag, str(each))
            for service in services
        )
    )
    took = max(ended for _, ended, _ in answers) - min(began for began, _, _ in answers)
    used = sum(processes.cpu(service.pid) for service in services) - used
    done = sum(number for *_, number in answers)
    return done / took, used / max(1.0, done) * 1000, jobs - done


async def _driven(*words: str) -> tuple[float, float, float]:
    """When a driver began and ended, by time.perf_counter(), and how many jobs were done."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=HOME, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return msgspec.json.decode(said, type=tuple[float, float, float])


async def drive(url: str, tag: str, count: str) -> None:
    """Send jobs to one process; prints when it began and all were done, and how many are."""
    client, began = Client(url), time.perf_counter()
    _, fates = await driver.end_to_end(Jobs(client, tag), int(count), os.getpid())
    done = sum(fate == "done" for fate in fates.values())
    print(msgspec.json.encode((began, time.perf_counter(), done)).decode())


if __name__ == "__main__":
    if sys.argv[1:]:
        uvloop.run(drive(*sys.argv[1:]))
    else:
        sys.exit(uvloop.run(main()))
