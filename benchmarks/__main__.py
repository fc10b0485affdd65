"""Measures the service beside its bounds and writes the tables: `python3 dev.py bench [ARGS]`.

The exit code is 1 if any job was lost, doubled or wrong. A normal run takes about six minutes and
writes docs/benchmarks.md and docs/benchmarks.svg; --quick only prints its tables.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import uvloop

from benchmarks.alone import Stay, alone
from benchmarks.beside_peers import beside_peers
from benchmarks.contenders import HOME
from benchmarks.delivery import delivery
from benchmarks.driver import Unchecked
from benchmarks.growth import growth
from benchmarks.machine import load, machine
from benchmarks.plot import plot
from benchmarks.report import tables, write
from benchmarks.results import Results
from benchmarks.rounds import Load, round_of

ROUNDS = 5
GROWTH_ROUNDS = 2
QUICK = (1, Load(2000, 1.0), Stay(5.0, 10.0))


def main() -> int:
    """Run what the command line asks for; returns the exit code."""
    arguments = _arguments()
    rounds, sent, stay = (1, *QUICK[1:]) if arguments.quick else (ROUNDS, Load(), Stay())
    rounds = rounds if arguments.rounds is None else arguments.rounds
    if arguments.jobs is not None:
        sent = replace(sent, jobs=arguments.jobs)
    if arguments.seconds is not None:
        sent = replace(sent, seconds=arguments.seconds)
    results = Results()
    began = f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC, load average {load()} before"
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        folder = Path(name)
        facts = {"measured": began, **machine(folder)}
        try:
            uvloop.run(_measure(arguments, rounds, sent, stay, folder, results))
        except Unchecked as error:
            results.wrong.append(str(error))
    facts["measured"] += f", {load()} after"
    facts["sent"] = f"{rounds} rounds of {sent.jobs:,} jobs and phases of {sent.seconds:g} s"
    facts["found to be right"] = f"{results.checked:,} jobs, and every answer that was read"
    text = tables(results, facts)
    print(f"\n{text}")
    out = arguments.out or (None if arguments.quick else HOME / "docs")
    for wrong in results.wrong:
        print(f"WRONG: {wrong}", file=sys.stderr)
    if results.wrong:
        return 1
    if out is not None:
        write(text, out / "benchmarks.md")
        (out / "benchmarks.svg").write_text(plot(results))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__.split("\n")[0])
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--quick", action="store_true", help="about a minute, writes nothing")
    form.add_argument(
        "--long", action="store_true", help="with growth and other programs; about twelve minutes"
    )
    parser.add_argument("--rounds", type=int, help="how often each figure is measured")
    parser.add_argument("--jobs", type=int, help="jobs sent from end to end")
    parser.add_argument("--seconds", type=float, help="duration of each other phase")
    parser.add_argument("--only-rounds", action="store_true", help="only the comparison")
    parser.add_argument("--out", type=Path, help="the folder for the document")
    return parser.parse_args()


async def _measure(
    arguments: argparse.Namespace,
    rounds: int,
    sent: Load,
    stay: Stay,
    folder: Path,
    results: Results,
) -> None:
    for number in range(rounds):
        await round_of(number, sent, folder, results)
        _say(f"round {number + 1} of {rounds}")
    if not arguments.only_rounds:
        await alone(stay, folder, results)
        _say("the service alone")
        await delivery(folder, results)
        _say("delivery")
    if arguments.long:
        for number in range(min(rounds, GROWTH_ROUNDS)):
            await growth(number, sent, folder, results)
            _say(f"growth, round {number + 1}")
            await beside_peers(number, sent, folder, results)
            _say(f"other programs, round {number + 1}")


def _say(done: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {done}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
