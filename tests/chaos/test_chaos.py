"""Chaos: the service is killed, starved and flushed under load, and nothing accepted is lost."""

from __future__ import annotations

import contextlib
import itertools
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.check import Verdict, drained, judge
from tests.chaos.faults import DECK, Step, sampler, schedule
from tests.chaos.load import at_work
from tests.chaos.plan import chaos
from tests.chaos.world import World
from tests.support.waiting import HANGS_SECONDS, wait_until

# this process runs only the clients; coverage would slow them down by half
pytestmark = pytest.mark.no_cover

SHOWN = 10  # sentences about errors in the output
SHORT_RATE = 15.0  # prompts a second in a run of a minute, beside other tests


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    option: int | None = request.config.getoption("--chaos-seed")
    return random.randrange(1_000_000) if option is None else option


@pytest.fixture
def say(request: pytest.FixtureRequest, seed: int) -> Callable[[str], None]:
    """Prints what happens: at once in a long run, else only when the test fails."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    long = request.node.get_closest_marker("long") is not None

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled() if long else contextlib.nullcontext():  # type: ignore[union-attr] # always there
            sys.stdout.write(f"{line}\n")

    write(f"--chaos-seed {seed}")
    return write


def check(verdict: Verdict, say: Callable[[str], None]) -> None:
    say(verdict.table())
    for sentence in verdict.wrong[:SHOWN]:
        say(f"WRONG: {sentence}")
    assert (verdict.lost, verdict.doubled, verdict.failed) == (0, 0, 0)
    assert not verdict.wrong
    assert verdict.accepted == verdict.completed > 0
    assert verdict.home > 0


@pytest.mark.timeout(600)  # more than draining may take
async def test_no_fault_loses_or_doubles_what_was_accepted(
    tmp_path: Path, seed: int, say: Callable[[str], None]
) -> None:
    check(await chaos(tmp_path, sampler(seed, 1), say, seed=seed, rate=SHORT_RATE), say)


@pytest.mark.timeout(600)
async def test_no_fault_loses_or_doubles_anything_with_two_processes_and_one_redis(
    tmp_path: Path, seed: int, say: Callable[[str], None]
) -> None:
    verdict = await chaos(
        tmp_path, sampler(seed, 2), say, seed=seed, nodes=2, external=True, rate=SHORT_RATE
    )
    check(verdict, say)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize(("nodes", "external"), [(1, False), (2, True)])
async def test_a_long_run_loses_and_doubles_nothing(
    tmp_path: Path,
    seed: int,
    say: Callable[[str], None],
    request: pytest.FixtureRequest,
    nodes: int,
    external: bool,
) -> None:
    end = time.monotonic() + 60 * request.config.getoption("--long-minutes")
    steps = itertools.takewhile(lambda _: time.monotonic() < end, schedule(seed, nodes))
    verdict = await chaos(tmp_path, steps, say, seed=seed, nodes=nodes, external=external)
    check(verdict, say)


def test_a_seed_determines_the_schedule() -> None:
    def steps(seed: int) -> list[Step]:
        return list(itertools.islice(schedule(seed, 2), 100))

    assert steps(1) == steps(1)
    assert steps(1) != steps(2)


def test_a_sampler_has_every_fault_once() -> None:
    assert sorted(fault for step in sampler(1, 1) for fault in step.faults) == sorted(DECK)


async def test_the_verdict_reports_what_is_lost_doubled_or_changed(tmp_path: Path) -> None:
    world = World(tmp_path, nodes=1, external=False, delay=0)
    try:
        await world.start()
        async with at_work(world.nodes, 1, 100) as clients:
            await wait_until(lambda: len(clients.results) > 50, "results were seen")
            await clients.end_submitting()
            assert not await drained(world, clients, HANGS_SECONDS)
            assert not (await judge(world, clients)).wrong
            await world.stop()  # else it answers for a while from its caches
            lost, first, second = meddle(world)
            await world.start()
            broken = await judge(world, clients)
    finally:
        await world.destroy()
    report = "\n".join(broken.wrong)
    assert f"lost: {lost} " in report
    assert f"lost: no post for {first}" in report
    assert f"{second} was " in report
    assert "2 posts for 'the same'" in report
    assert "lost: no picture at /media/" in report
    assert broken.lost >= 3
    assert broken.doubled >= 2


def meddle(world: World) -> tuple[str, str, str]:
    """Lose a request, lose a post, change a result, double a post, lose the pictures."""
    shutil.rmtree(world.data / "media")
    with contextlib.closing(sqlite3.connect(world.data / "feedmill.db")) as database, database:
        published = [id_ for (id_,) in database.execute("SELECT id FROM posts")]
        lost, first, second, third = published[:4]
        database.execute("DELETE FROM requests WHERE id = ?", (lost,))
        database.execute("DELETE FROM posts WHERE id = ?", (first,))
        database.execute("UPDATE parts SET text = 'other' WHERE request_id = ?", (second,))
        database.execute("UPDATE parts SET image_uri = 'x' WHERE request_id = ?", (second,))
        same = "UPDATE requests SET prompt = 'the same' WHERE id IN (?, ?)"
        database.execute(same, (second, third))
    return lost, first, second
