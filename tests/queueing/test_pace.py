"""The pace of a pool: what a part takes, and how much slower busy workers are together."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from service.queueing import admission as admissions
from service.queueing.admission import Admission
from service.store.sql.requests.request_records import Load
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import wait_until

WORK = 0.5  # seconds that a part takes


class Clock:
    """The monotonic clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(admissions, "time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def waiting(parts: int = 1000) -> Admission:
    admission = Admission({})
    admission.readmit([("text", 0)] * parts)
    return admission


def do(admission: Admission, clock: Clock, gaps: list[float]) -> None:
    """Finish a part after each of these seconds."""
    for gap in gaps:
        clock.now += gap
        admission.complete_parts("text", Load(1, 0), [WORK])


def slowness(admission: Admission) -> float:
    pace = admission.pace("text", 1)
    assert pace is not None
    return pace.slowness


@pytest.mark.parametrize("before", [0, 2, 10, 100, 1000])
def test_one_stall_does_not_make_the_pool_slow(clock: Clock, before: int) -> None:
    admission = waiting(2000)
    do(admission, clock, [WORK] * before)
    do(admission, clock, [2.7])
    assert slowness(admission) < 1.15
    do(admission, clock, [WORK] * 100)
    assert slowness(admission) < 1.05


@pytest.mark.parametrize("before", [1, 10, 100])
def test_one_part_that_a_stall_made_longer_does_not_change_what_parts_take(
    clock: Clock, before: int
) -> None:
    admission = waiting()
    do(admission, clock, [WORK] * before)
    clock.now += 2.7
    admission.complete_parts("text", Load(1, 0), [2.7])
    pace = admission.pace("text", 1)
    assert pace is not None
    assert pace.work < WORK * 1.1
    assert pace.work * pace.slowness < WORK * 1.15


def test_long_parts_among_short_ones_count_in_full(clock: Clock) -> None:
    admission = waiting()
    for seconds in [0.5, 5.0] * 100:
        clock.now += seconds
        admission.complete_parts("text", Load(1, 0), [seconds])
    assert admission.work("text") == pytest.approx(2.75, rel=0.1)
    assert slowness(admission) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("seconds", [5.0, 3600.0])
def test_pauses_are_no_part_of_the_pace(clock: Clock, seconds: float) -> None:
    admission = waiting()
    for _ in range(5):
        do(admission, clock, [WORK] * 10)
        clock.now += seconds
        admission.resumed("text")
    do(admission, clock, [WORK] * 10)
    assert slowness(admission) == pytest.approx(1.0)


def test_waits_that_come_again_and_again_are_part_of_the_pace(clock: Clock) -> None:
    admission = waiting()
    do(admission, clock, [*[WORK] * 29, 60.0] * 30)  # as with a budget of 30 a minute
    real = (29 * WORK + 60) / 30 / WORK
    assert slowness(admission) == pytest.approx(real, rel=0.15)


def test_steady_slowness_is_measured(clock: Clock) -> None:
    admission = waiting()
    do(admission, clock, [2 * WORK] * 300)
    assert slowness(admission) == pytest.approx(2.0, rel=0.1)


def test_what_waited_before_a_start_gives_no_gap(clock: Clock) -> None:
    admission = Admission({"text": Load(1000, 0)})
    do(admission, clock, [30.0, WORK])
    assert admission.retry_after_one(["text"], 20) == 10
    do(admission, clock, [WORK] * 10)
    assert slowness(admission) == pytest.approx(1.0)


def test_idle_time_of_a_node_whose_counts_others_set_gives_no_gap(clock: Clock) -> None:
    admission = waiting(11)
    do(admission, clock, [WORK] * 11)
    clock.now += 3600
    admission.correct({"text": Load(100, 0)})
    do(admission, clock, [WORK] * 10)
    assert slowness(admission) == pytest.approx(1.0)
    assert admission.retry_after_one(["text"], 1) == 1


async def test_a_pool_that_resumes_says_so(tmp_path: Path, redis_url: str, clock: Clock) -> None:
    gate = Gate()
    text, image = Scripted(gate), Scripted()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=1") as mill:
        admission = mill.services.admission
        admission.readmit([("text", 0)] * 40)
        do(admission, clock, [WORK] * 20)
        pauses, pool = mill.services.stores.pool_pauses, mill.pool("text")
        await pauses.pause("text")
        await pool.check_pause()
        id_ = await mill.submit("p")
        clock.now += 3600
        await pauses.resume("text")
        await pool.check_pause()
        await wait_until(lambda: text.at_work == 1, "it resumes")
        do(admission, clock, [WORK] * 5)
        assert slowness(admission) == pytest.approx(1.0)
        assert admission.retry_after_one(["text"], 1) == 1
        gate.open.set()
        await mill.finished(id_)
