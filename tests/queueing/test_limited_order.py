"""Places while each client may only have so many jobs at work: others go ahead of what waits."""

from __future__ import annotations

import random
from pathlib import Path

from service.queueing.fair_places import Ahead, FairPlaces, Line
from service.queueing.limited_order import LimitedOrder, Room
from service.store.sql.requests.request_records import Load
from tests.support.pipelines import Gate, Scripted, running_pipeline
from tests.support.waiting import wait_until


def order_of(
    lines: dict[str, Line], running: dict[str, int], workers: int, each: int
) -> LimitedOrder:
    places = [FairPlaces({}), FairPlaces(lines), FairPlaces({})]
    return LimitedOrder(places, running, Room(workers, each), work=1.0, lower_share=0.1)


def test_a_client_alone_has_no_more_workers_than_its_limit() -> None:
    order = order_of({"ann": Line(0.0, 2.0, 2.0, 4)}, {"ann": 1}, workers=4, each=1)
    places = [order.ahead(1, "ann", place) for place in range(4)]
    assert places == [Ahead(0, 1.0), Ahead(1, 3.0), Ahead(2, 5.0), Ahead(3, 7.0)]
    assert order.ahead(1, "ann", 4) == Ahead(4, 9.0)  # one that comes now
    assert order.ahead(1, "bob", 0) == Ahead(0, 0.0)  # workers are free for it
    assert order.ahead(0, "ann", 0) == Ahead(0, 1.0)


def test_others_go_ahead_of_a_client_at_its_limit() -> None:
    lines = {"ann": Line(0.0, 1.0, 1.0, 3), "bob": Line(0.0, 1.0, 1.0, 3)}
    order = order_of(lines, {"ann": 2}, workers=4, each=2)
    assert [order.ahead(1, "bob", place).requests for place in range(3)] == [0, 1, 4]
    assert [order.ahead(1, "ann", place).requests for place in range(3)] == [2, 3, 5]


def test_lower_priorities_go_ahead_of_a_client_at_its_limit() -> None:
    lines = {"ann": Line(0.0, 1.0, 1.0, 10)}, {"bob": Line(0.0, 1.0, 1.0, 2)}
    places = [FairPlaces(lines[0]), FairPlaces(lines[1]), FairPlaces({})]
    order = LimitedOrder(places, {"ann": 1}, Room(2, 1), work=1.0, lower_share=0.1)
    assert order.ahead(1, "bob", 0) == Ahead(0, 0.0)
    assert order.ahead(0, "ann", 0) == Ahead(1, 0.5)


def test_no_more_are_at_work_than_there_is_room_for() -> None:
    rng = random.Random(7)
    for _ in range(40):
        workers, each = rng.randint(2, 6), rng.randint(1, 3)
        lines = {
            f"c{number}": Line(rng.random(), cost, cost / rng.randint(1, 4), rng.randint(1, 12))
            for number in range(rng.randint(1, 6))
            if (cost := rng.choice([0.5, 1.0, 3.0]))
        }
        order = order_of(lines, {}, workers, each)
        jobs = [
            (ahead.requests, ahead.seconds, ahead.seconds + line.cost, client)
            for client, line in lines.items()
            for place in range(line.length)
            if (ahead := order.ahead(1, client, place))
        ]
        assert sorted(before for before, *_ in jobs) == [*range(len(jobs))]
        for _, began, _, client in jobs:
            at_work = [who for _, start, end, who in jobs if start <= began < end]
            assert len(at_work) <= workers
            assert at_work.count(client) <= each


def test_without_a_limit_that_binds_it_is_the_fair_order() -> None:
    lines = {"ann": Line(0.0, 1.0, 1.0, 30), "bob": Line(0.0, 1.0, 0.5, 30)}
    order, fair = order_of(lines, {}, workers=3, each=3), FairPlaces(lines)
    for client, place in (("ann", 2), ("bob", 2), ("ann", 12), ("bob", 20)):
        expected = fair.ahead(client, place).requests
        assert abs(order.ahead(1, client, place).requests - expected) <= 1


def test_what_comes_after_many_is_extrapolated() -> None:
    lines = {"ann": Line(0.0, 1.0, 1.0, 30_000), "bob": Line(0.0, 1.0, 1.0, 30_000)}
    order = order_of(lines, {}, workers=4, each=2)
    ahead = order.ahead(1, "ann", 29_999)
    assert abs(ahead.requests - 60_000) < 600
    assert abs(ahead.seconds - 15_000) < 150


async def test_places_and_times_of_a_client_at_its_limit(tmp_path: Path, redis_url: str) -> None:
    gate = Gate()
    text, image = Scripted(gate), Scripted()
    settings = ("text.workers=4", "limits.max_running=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        mill.services.admission.readmit([("text", 0)])
        mill.services.admission.complete_parts("text", Load(1, 0), [10.0])  # as if it had been so
        first = await mill.submit_and_start(text, "a0", user="ann")
        await wait_until(lambda: mill.record(first).status == "generating", "it is stored")
        ann = [await mill.submit(f"a{number}", user="ann") for number in range(1, 5)]
        bob = await mill.submit_and_start(text, "b0", user="bob")
        await wait_until(lambda: mill.record(bob).status == "generating", "it is stored")
        waiting = [mill.record(id_).waiting for id_ in ann]
        places = await mill.services.positions.positions_of(waiting)
        assert [place.position for place in places] == [2, 3, 4, 5]
        assert [place.eta for place in places] == [15.0, 25.0, 35.0, 45.0]
        gate.open.set()
        await mill.finished(first, bob, *ann)
