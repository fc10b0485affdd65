"""One run over hosts that die: `python -m tests.hosts.run`, as root in namespaces of its own.

Prints what happens, a table, and whatever is wrong; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.chaos.check import Verdict, drained, judge
from tests.chaos.load import Clients, at_work
from tests.hosts.faults import FAULTS, Run, schedule
from tests.hosts.network import CLIENTS
from tests.hosts.world import HostsWorld
from tests.support.s3 import ENVIRONMENT

DRAIN_SECONDS = 60.0  # what has not changed for so long is stuck
SHOWN = 20  # sentences about errors
Steps = Iterable[tuple[str, str, float]]


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def carry_out(run: Run, steps: Steps, began: float) -> None:
    """Begin one fault after another, those of different groups at the same time."""
    locks = {group: asyncio.Lock() for group in FAULTS}

    async def happen(group: str, name: str) -> None:
        try:
            say(f"{time.monotonic() - began:6.1f} s  {name}")
            await FAULTS[group][name](run)
            run.done[name] += 1
            say(f"{time.monotonic() - began:6.1f} s    over: {name}")
        finally:
            locks[group].release()

    async with asyncio.TaskGroup() as tasks:
        for group, name, pause in steps:
            await asyncio.sleep(pause)  # the schedule says when
            await locks[group].acquire()
            tasks.create_task(happen(group, name))


async def hosts(options: argparse.Namespace) -> Verdict:
    """The verdict on a run."""
    world = HostsWorld(libfaketime=bool(options.minutes))
    began = time.monotonic()
    chance = random.Random(f"{options.seed} hosts")
    try:
        await world.start()
        say(f"{time.monotonic() - began:6.1f} s  all hosts are up")
        async with at_work(world.served, options.seed, options.rate, CLIENTS) as clients:
            run = Run(world, clients, chance, (options.shortest, options.longest))
            await carry_out(run, chosen(options, chance, began), began)
            await clients.end_submitting()
            say(f"{time.monotonic() - began:6.1f} s  all faults are over")
            async with asyncio.timeout(DRAIN_SECONDS * 3):
                reporter = asyncio.create_task(report(clients, began))
                left = await drained(world, clients, DRAIN_SECONDS)
                reporter.cancel()
            say(f"{time.monotonic() - began:6.1f} s  at rest")
            verdict = await judge(world, clients)
        if left:
            verdict.wrong.append(f"nothing was done for {DRAIN_SECONDS:.0f} s, but: {left}")
        verdict.faults = run.done
        verdict.wrong += await world.stop()
    finally:
        if options.logs:
            world.keep_logs(options.logs)
        await world.close()
    say(verdict.table())
    for what, seconds in sorted(run.measured.items()):
        median = sorted(seconds)[len(seconds) // 2]
        say(f"| {what}: median, longest | {median:.1f} s, {max(seconds):.1f} s |")
    return verdict


async def report(clients: Clients, began: float) -> None:
    """Say what is left while it drains."""
    while True:
        await asyncio.sleep(5)
        say(f"{time.monotonic() - began:6.1f} s  {clients.still_waiting()}")


def chosen(options: argparse.Namespace, chance: random.Random, began: float) -> Steps:
    """Each fault once, those with a word in their names, or as many as the time allows."""
    once = itertools.islice(schedule(chance), sum(map(len, FAULTS.values())))
    if options.minutes:
        end = began + 60 * options.minutes
        return itertools.takewhile(lambda _: time.monotonic() < end, schedule(chance))
    return [step for step in once if options.only in step[1]][: options.faults or None]


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=0, help="0: each fault once")
    parser.add_argument("--faults", type=int, default=0, help="at most so many")
    parser.add_argument("--only", default="", help="faults whose names have this")
    parser.add_argument("--rate", type=float, default=3, help="requests a second")
    parser.add_argument("--shortest", type=float, default=1.5, help="seconds of a fault")
    parser.add_argument("--longest", type=float, default=2.5)
    parser.add_argument("--logs", type=Path, help="a folder for the logs of all hosts")
    options = parser.parse_args()
    say(f"--chaos-seed {options.seed}")
    os.environ.update(ENVIRONMENT)
    verdict = asyncio.run(hosts(options))
    for sentence in sorted(verdict.wrong, key=lambda text: "its view is" in text)[:SHOWN]:
        say(f"WRONG: {sentence}")
    used = os.times()
    say(f"{used.user + used.system + used.children_user + used.children_system:.0f} s of processor")
    return int(bool(verdict.wrong or verdict.lost or verdict.doubled or verdict.failed))


if __name__ == "__main__":
    sys.exit(main())
