"""Measures how fair the queue is to clients, and prints a table.

    python -m benchmarks.fairness [--before DIR] [--seconds N]

`--before` is the folder of another version of the program: its figures with one client are measured
in turns with those of this one. A run takes about four minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from benchmarks.client import Client
from benchmarks.contenders import HOME, SIMULATED, Contender, running
from benchmarks.driver import all_of, at_a_rate, end_to_end
from benchmarks.fair_memory import Memory, memory
from benchmarks.jobs import Jobs
from service.store.sql.keys.api_keys import Rights
from service.store.sql.keys.key_registry import KeyRegistry
from service.store.sqlite.database import Database

ROUNDS = 5
GENERATOR = '''
import asyncio
from contextlib import AsyncExitStack

import msgspec

from service.generators.protocol import Written


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Sleeper(AsyncExitStack):
    """Texts that take as many seconds as the first word of their prompt says."""

    Settings = Settings

    def __init__(self, settings, home):
        super().__init__()

    async def generate(self, job, say):
        await asyncio.sleep(float(job.prompt.split()[0]))
        return Written(job.prompt, "sleeper")
'''

Row = tuple[str, str, str]
"""What was measured, the figure, and its target."""


class Sender(NamedTuple):
    """A client of the second measurement: its weight, and the seconds of each of its jobs."""

    name: str
    weight: int
    cost: float


SENDERS = (Sender("ann", 1, 0.1), Sender("bob", 1, 0.5), Sender("cas", 2, 0.1))


@asynccontextmanager
async def sleeping(folder: Path, name: str, *settings: str) -> AsyncIterator[Contender]:
    """The service with four workers whose jobs take a given time."""
    home = folder / name
    home.mkdir(exist_ok=True)
    (home / "sleeper.py").write_text(GENERATOR, encoding="utf-8")
    text = ("text.generator=sleeper:Sleeper", "image.generator=simulated", "text.workers=4")
    async with running("service", home, *text, "log.level=warning", *settings) as service:
        yield service


async def submit(http: aiohttp.ClientSession, count: int, prompt: str, **more: Any) -> list[str]:
    """Submit so many texts; returns their ids."""
    ids: list[str] = []

    async def one(number: int) -> None:
        body = {"prompt": f"{prompt} {number}", "tag": "text", **more.get("body", {})}
        headers = more.get("headers")
        async with http.post("/content", json=body, headers=headers) as answer:
            ids.append((await answer.json())["RequestId"])

    await all_of(one, range(count))
    return ids


def generated(service: Contender) -> list[tuple[str, str, float, float, float]]:
    """Of each finished text: its id, client, acceptance, start and seconds."""
    with closing(sqlite3.connect(service.database)) as database:
        rows = database.execute(
            "SELECT id, coalesce(owner, user_id), created_at, origin FROM requests"
            " JOIN parts ON request_id = id WHERE parts.status = 'completed'"
        ).fetchall()
    found = []
    for id_, client, created, origin in rows:
        how = msgspec.json.decode(origin)
        found.append((id_, client, created, how["started_at"], how["seconds"]))
    return found


async def behind(folder: Path) -> list[Row]:
    """One request behind 10,000 of another client, 0.1 s each."""
    async with (
        sleeping(folder, "behind", "auth.required=false") as service,
        aiohttp.ClientSession(service.url) as http,
    ):
        await submit(http, 10_000, "0.1", body={"user-id": "ann"})
        [id_] = await submit(http, 1, "0.1", body={"user-id": "bob"})
        async with http.get(f"/content/{id_}?wait=60") as answer:
            await answer.read()
        [(_, _, accepted, started, _)] = [row for row in generated(service) if row[0] == id_]
    waited = (started - accepted) / 0.1
    return [
        ("one request behind 10,000 of another client starts after", f"{waited:.2f} jobs", "2 jobs")
    ]


async def shares(folder: Path, seconds: float) -> list[Row]:
    """Three clients with weights 1:1:2 and costs 1:5:1, and the `eta_seconds` that they get."""
    database = folder / "shares" / "data" / "feedmill.db"
    async with Database.open(database) as opened:
        keys = KeyRegistry(opened)
        headers = {
            sender.name: {
                "Authorization": "Bearer "
                + await keys.create(sender.name, ["content"], Rights(sender.weight))
            }
            for sender in SENDERS
        }
    async with (
        sleeping(folder, "shares") as service,
        aiohttp.ClientSession(service.url) as http,
    ):
        ids = {}
        for sender in SENDERS:
            enough = int(4 * seconds / sender.cost * sender.weight / 2)
            ids[sender.name] = await submit(
                http, enough, f"{sender.cost}", headers=headers[sender.name]
            )
        began = time.time()
        etas = await _etas(http, ids, headers, began + seconds / 6)
        await asyncio.sleep(began + seconds - time.time())
        done = generated(service)
    return [*_shares(done, began + seconds / 10, began + seconds), _eta_error(done, etas)]


async def _etas(
    http: aiohttp.ClientSession,
    ids: Mapping[str, Sequence[str]],
    headers: Mapping[str, Mapping[str, str]],
    at: float,
) -> dict[str, tuple[float, float]]:
    """The `eta_seconds` of each of a sample, and when they were read."""
    await asyncio.sleep(max(0.0, at - time.time()))
    etas = {}
    for name, mine in ids.items():
        for id_ in mine[len(mine) // 5 : len(mine) // 2 : max(1, len(mine) // 60)]:
            async with http.get(f"/content/{id_}", headers=headers[name]) as answer:
                record = await answer.json()
            if record["eta_seconds"]:
                etas[id_] = (time.time(), record["eta_seconds"])
    return etas


def _shares(done: Iterable[Sequence[Any]], since: float, until: float) -> list[Row]:
    given: defaultdict[str, float] = defaultdict(float)
    for _, client, _, started, seconds in done:
        given[client] += max(0.0, min(until, started + seconds) - max(since, started))
    weights = sum(sender.weight for sender in SENDERS)
    rows = []
    for sender in SENDERS:
        share = given[sender.name] / sum(given.values())
        due = sender.weight / weights
        what = f"share of {sender.name} (weight {sender.weight}, {sender.cost} s a job)"
        rows.append((what, f"{share:.1%}, {share / due - 1:+.1%}", f"{due:.0%} ± 5 %"))
    return rows


def _eta_error(done: Iterable[Sequence[Any]], etas: Mapping[str, tuple[float, float]]) -> Row:
    errors = []
    for id_, _, _, started, seconds in done:
        if id_ in etas:
            at, eta = etas[id_]
            errors.append(abs(eta / max(0.1, started + seconds - at) - 1))
    figure = f"{statistics.median(errors):.1%} of {len(errors)}" if errors else "no `eta_seconds`"
    return "error of `eta_seconds`, median", figure, "15 %"


async def one_client(folder: Path, before: Path) -> list[Row]:
    """Figures of one client beside those of another version, in turns."""
    figures: dict[str, dict[str, list[float]]] = {"before": {}, "now": {}}
    programs = {"before": before / "run.py", "now": HOME / "run.py"}
    for number in range(ROUNDS):
        for version in sorted(programs, reverse=bool(number % 2)):
            at = folder / f"{version} {number}"
            async with running(
                "service", at, *SIMULATED, program=[str(programs[version])]
            ) as service:
                client = Client(service.url)
                await end_to_end(Jobs(client), 500, service.pid)
                one, _ = await end_to_end(Jobs(client), 5000, service.pid)
                rate, _ = await at_a_rate(Jobs(client), 100, 5, 0.001)
                client.close()
            for name, value in {**one, **rate}.items():
                figures[version].setdefault(name, []).append(value)
    rows = []
    for name, title in (
        ("jobs_per_s", "one client: jobs a second"),
        ("cpu_ms_per_job", "one client: CPU, ms a job"),
        ("p50_ms", "one client: submit to done at 100/s, ms"),
    ):
        old, new = (statistics.median(figures[version][name]) for version in ("before", "now"))
        rows.append((title, f"{new:.3g} ({new / old - 1:+.1%})", f"{old:.3g} ± 3 %"))
    return rows


def _many(found: Memory) -> list[Row]:
    return [
        (
            "Redis memory: 10,000 clients with one request and one with 100,000",
            f"{found.many / 2**20:.1f} MiB ({found.many / found.one - 1:+.1%})",
            f"one client's {found.one / 2**20:.1f} MiB + 20 %",
        ),
        ("Redis time of a take for 4 workers then", f"{found.take_us:.0f} µs", "100 µs"),
    ]


async def main() -> None:
    """Run all measurements and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        folder = Path(name)
        rows = await behind(folder)
        rows += await shares(folder, arguments.seconds)
        rows += _many(await memory(folder))
        if arguments.before:
            rows += await one_client(folder, arguments.before.resolve())
    print("| | measured | reach |\n|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    asyncio.run(main())
