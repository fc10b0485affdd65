"""The service beside other programs for the same task; none of them is durable at the 202."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import driver
from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.jobs import Jobs
from benchmarks.peers.catalogue import PEERS, CannotInstall, install
from benchmarks.results import Results
from benchmarks.rounds import LOOK_AGAIN, RATE, WARM, Load

JOBS = {"django": 500}  # too slow for a rate; all others get as many as the load says


async def beside_peers(number: int, load: Load, folder: Path, results: Results) -> None:
    """One round, in alternating order. Peers that cannot be installed are left out."""
    names = ["service", *(name for name in PEERS if _is_installed(name))]
    for name in names if number % 2 == 0 else reversed(names):
        settings = SIMULATED if name == "service" else ()
        contender = name if name == "service" else f"peer {name}"
        async with running(contender, folder / f"{number}-peer-{name}", *settings) as peer:
            client = Client(peer.url)
            await driver.end_to_end(Jobs(client), WARM, peer.pid)
            jobs = Jobs(client)
            figures, fates = await driver.end_to_end(
                jobs, min(load.jobs, JOBS.get(name, load.jobs)), peer.pid
            )
            results.note("peers", name, figures)
            results.check("peers", name, jobs.tally(fates.values()))
            if name not in JOBS:
                jobs = Jobs(client)
                figures, fates = await driver.at_a_rate(jobs, RATE, 2 * load.seconds, LOOK_AGAIN)
                results.note("peers", name, figures)
                results.check("peers at a rate", name, jobs.tally(fates.values()))
            client.close()


def _is_installed(name: str) -> bool:
    try:
        install(name)
    except CannotInstall as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        return False
    return True
