"""The service alone: its start, its needs at rest, and its answers under work."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec

from benchmarks import driver, history, processes
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.jobs import ACCEPTED
from benchmarks.results import Results
from benchmarks.rounds import BUSY

SETTLE = 5.0  # seconds after the start until memory and CPU are at rest
RATE = 100.0  # views per second while the generators work
REQUESTS = 200  # of each kind: enough to keep both generators busy during the measurement
PROMPTS = (
    "A sailboat at sunset",
    "A slogan for a bakery in the old town",
    "A rainy morning in Lisbon with a cup of coffee",
    "A fox in the snow under a full moon",
    "Two friends on bicycles in a park",
    "A lighthouse on a cliff above the sea",
)
ON = ("log.level=warning",)


@dataclass(frozen=True)
class Stay:
    """How long to measure (seconds), and how many requests a full start finds."""

    idle: float = 20.0
    busy: float = 20.0
    unfinished: int = 100_000


async def alone(stay: Stay, folder: Path, results: Results) -> None:
    """All figures of one round."""
    await start_with_much_to_do(stay, folder / "much", results)
    await at_rest(stay, folder / "rest", results)
    await at_work(stay, folder / "work", results)


async def start_with_much_to_do(stay: Stay, folder: Path, results: Results) -> None:
    """The time from the start until ready, with many unfinished requests."""
    await history.unfinished(folder, stay.unfinished)
    async with running("service", folder, *SIMULATED, f"text.simulated.delay={BUSY}") as service:
        results.note("start", "service", {"full_ms": service.ready_in * 1000})
        await service.kill()


async def at_rest(stay: Stay, folder: Path, results: Results) -> None:
    """Memory and CPU with nothing to do, with the default generators."""
    async with running("service", folder, *ON) as service:
        await asyncio.sleep(SETTLE)
        used = processes.cpu(service.pid)
        await asyncio.sleep(stay.idle)
        figures = {
            "cpu_percent": (processes.cpu(service.pid) - used) / stay.idle * 100,
            "main_mib": processes.resident(service.pid),
            "tree_mib": processes.resident_tree(service.pid),
        }
        results.note("rest", "service", figures)


async def at_work(stay: Stay, folder: Path, results: Results) -> None:
    """Event loop lag and latency while both default generators are always busy."""
    clock = folder.with_suffix(".clock")
    program = ("-m", "benchmarks.watched", str(clock))
    async with running("service", folder, *ON, program=program) as service:
        client = Client(service.url)
        first = await _submit(client, "text", PROMPTS[0])
        async with asyncio.timeout(driver.PATIENCE):
            while not await _is_done(client, first):  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(0.01)
        for number in range(REQUESTS):
            for tag in ("text", "image"):
                await _submit(client, tag, PROMPTS[number % len(PROMPTS)])
        await asyncio.sleep(SETTLE)
        began, began_at = time.monotonic(), time.time()
        took = await _look(client, first, stay.busy)
        ended, ended_at = time.monotonic(), time.time()
        main = processes.resident(service.pid)
        await service.kill()
    ticks = [line.split() for line in clock.read_text().splitlines()]
    ticks = [tick for tick in ticks if began < float(tick[0]) < ended]
    late = [float(lag) for _, lag, _ in ticks]
    own = [float(lag) - float(wait) for _, lag, wait in ticks]
    figures = {
        "view_p50_ms": driver.percentile(took, 50),
        "view_p99_ms": driver.percentile(took, 99),
        "lag_p50_ms": driver.percentile(late, 50),
        "lag_p99_ms": driver.percentile(late, 99),
        "lag_max_ms": max(late) * 1000,
        "own_p99_ms": driver.percentile(own, 99),
        "own_max_ms": max(own) * 1000,
        "main_mib": main,
    }
    for tag, name in (("text", "texts"), ("image", "pictures")):
        count = history.completed(folder, tag, began_at, ended_at)
        figures[f"{name}_per_min"] = count / (ended - began) * 60
    results.note("work", "service", figures)


async def _submit(client: Client, tag: str, prompt: str) -> str:
    status, body = await client.post(f"/content/?tag={tag}&prompt={quote(prompt)}")
    if status != ACCEPTED:
        raise driver.Unchecked(f"a request was answered with {status} {body[:200]!r}")
    id_: str = msgspec.json.decode(body)["RequestId"]
    return id_


async def _is_done(client: Client, id_: str) -> bool:
    _, body = await client.post(f"/content/view/?request-id={id_}")
    return b'"completed"' in body


async def _look(client: Client, id_: str, seconds: float) -> list[float]:
    """The latencies of views at a fixed rate, in seconds."""
    took: list[float] = []
    start = time.perf_counter()

    async def one(number: int) -> None:
        await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
        began = time.perf_counter()
        status, body = await client.post(f"/content/view/?request-id={id_}")
        took.append(time.perf_counter() - began)
        if status != 200 or b'"completed"' not in body:
            raise driver.Unchecked(f"a finished job was seen {status} {body[:200]!r}")

    await asyncio.gather(*(one(number) for number in range(int(RATE * seconds))))
    return took
