"""Measures named models: what many cost that have nothing to do, and a request for one of them.

    python -m benchmarks.models [--models N] [--seconds N] [--jobs N] [--rounds N]

A round submits as many requests to the default as to a named model, in both orders: default,
named, named, default, or the other way round, as a part costs more or less for what came before it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks import driver, processes
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.jobs import Jobs

SETTLE_SECONDS = 5.0  # after the start, until memory and CPU are at rest
WARM_JOBS = 300


def named(count: int) -> list[str]:
    """The settings of so many simulated models with one worker each."""
    settings = []
    for number in range(count):
        kind = ("text", "image")[number % 2]
        keys = {"kind": kind, "generator": "simulated", "workers": "1"}
        settings += [f"models.m{number}.{key}={value}" for key, value in keys.items()]
    return settings


async def at_rest(folder: Path, count: int, seconds: float) -> tuple[float, float, float]:
    """CPU in percent of a core, and MiB of the service alone and with its Redis."""
    async with running("service", folder, *SIMULATED, *named(count)) as service:
        await asyncio.sleep(SETTLE_SECONDS)
        used = processes.cpu(service.pid)
        await asyncio.sleep(seconds)
        share = (processes.cpu(service.pid) - used) / seconds
        return share, processes.resident(service.pid), processes.resident_tree(service.pid)


async def at_work(folder: Path, jobs: int, rounds: int) -> list[tuple[float, float]]:
    """CPU ms for a job of the default and of a named model, round by round."""
    figures: list[tuple[float, float]] = []
    settings = (*SIMULATED, *named(1), "models.m0.workers=2", "text.workers=2")
    async with running("service", folder, *settings) as service:
        client = Client(service.url)
        for model in ("", "m0"):
            await driver.end_to_end(Jobs(client, model=model), WARM_JOBS, service.pid)
        for number in range(rounds):
            cost = {"": 0.0, "m0": 0.0}
            order = ("", "m0", "m0", "") if number % 2 else ("m0", "", "", "m0")
            for model in order:
                measured = Jobs(client, model=model)
                result, fates = await driver.end_to_end(measured, jobs // 2, service.pid)
                if any(fate != "done" for fate in fates.values()):
                    raise driver.Unchecked(str(measured.tally(fates.values())))
                cost[model] += result["cpu_ms_per_job"] / 2
            figures.append((cost[""], cost["m0"]))
        client.close()
    return figures


async def main(arguments: argparse.Namespace) -> None:
    """Measure and print both."""
    with tempfile.TemporaryDirectory() as folder:
        for count in (0, arguments.models):
            share, own, tree = await at_rest(Path(folder) / str(count), count, arguments.seconds)
            memory = f"{own:.0f} MiB, with Redis {tree:.0f}"
            sys.stdout.write(f"{count} models at rest: {share:.1%} of a core, {memory}\n")
        figures = await at_work(Path(folder) / "work", arguments.jobs, arguments.rounds)
    default, model = (statistics.median(column) for column in zip(*figures, strict=True))
    ratio = statistics.median(named / plain for plain, named in figures)
    sys.stdout.write(
        f"CPU for a job: default {default:.3f} ms, named {model:.3f} ms, ratio {ratio:.3f}\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=50, help="that have nothing to do")
    parser.add_argument("--seconds", type=float, default=20.0, help="at rest")
    parser.add_argument("--jobs", type=int, default=2000, help="of each in a round")
    parser.add_argument("--rounds", type=int, default=8)
    asyncio.run(main(parser.parse_args()))
