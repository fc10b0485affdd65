"""Measures the service beside its bounds and writes the tables: `python3 dev.py bench [ARGS]`.

The exit code is 1 if any job was lost, doubled or wrong. A normal run takes about seven minutes and
writes benchmarks.md, benchmark-details.md and benchmarks.svg in docs; --quick only prints the
tables. With --kept, parts can be measured one after the other.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
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
from benchmarks.streaming import streaming
from benchmarks.summary import summary

ROUNDS = 5
FEW_ROUNDS = 2
NORMAL = ("rounds", "alone", "delivery", "streams")
LONG = (*NORMAL, "growth", "peers")
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
    results = Results.kept(arguments.kept)
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
    text, short = tables(results, facts), summary(results, facts)
    print(f"\n{short}\n\n{text}")
    out = arguments.out or (None if arguments.quick else HOME / "docs")
    for wrong in results.wrong:
        print(f"WRONG: {wrong}", file=sys.stderr)
    if results.wrong:
        return 1
    if arguments.kept:
        results.keep(arguments.kept)
    if out is not None:
        write(short, out / "benchmarks.md")
        write(text, out / "benchmark-details.md")
        (out / "benchmarks.svg").write_text(plot(results))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__.split("\n")[0])
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--quick", action="store_true", help="about a minute, writes nothing")
    form.add_argument(
        "--long",
        action="store_true",
        help="with growth and other programs; about a quarter of an hour",
    )
    parser.add_argument("--rounds", type=int, help="how often each figure is measured")
    parser.add_argument("--jobs", type=int, help="jobs sent from end to end")
    parser.add_argument("--seconds", type=float, help="duration of each other phase")
    form.add_argument("--parts", nargs="+", choices=LONG, help="only these parts")
    parser.add_argument(
        "--kept", type=Path, help="a file with the results of other parts, to which these are added"
    )
    parser.add_argument("--out", type=Path, help="the folder for the documents")
    arguments = parser.parse_args()
    arguments.parts = arguments.parts or (LONG if arguments.long else NORMAL)
    return arguments


async def _measure(
    arguments: argparse.Namespace,
    rounds: int,
    sent: Load,
    stay: Stay,
    folder: Path,
    results: Results,
) -> None:
    async def alone_(_: int) -> None:
        await alone(stay, folder, results)

    async def delivery_(_: int) -> None:
        await delivery(folder, results)

    async def streams(number: int) -> None:
        await streaming(folder / f"streams-{number}", results)

    few = min(rounds, FEW_ROUNDS)
    parts: dict[str, tuple[int, Callable[[int], Awaitable[None]]]] = {
        "rounds": (rounds, lambda number: round_of(number, sent, folder, results)),
        "alone": (1, alone_),
        "delivery": (1, delivery_),
        "streams": (few, streams),
        "growth": (few, lambda number: growth(number, sent, folder, results)),
        "peers": (few, lambda number: beside_peers(number, sent, folder, results)),
    }
    for name in arguments.parts:
        times, measure = parts[name]
        for number in range(times):
            await measure(number)
            _say(f"{name}, {number + 1} of {times}")


def _say(done: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {done}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
