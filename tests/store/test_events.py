"""The event log in the store: what processes and moments that meet may not make of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest

from service.actors.events.recorder import EventRecorder
from service.http.api.events import snapshot_of
from service.messages import Said, Started
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.store.errors import DatabaseUnavailable
from service.store.sql.dead_letters import DeadLetters
from service.store.sql.events import Event, Events
from service.store.sql.request_cancellation import RequestCancellation
from service.store.sql.requests import Requests
from service.store.sqlite.database import Database, Write
from service.subscriptions import Subscriptions, Topic
from tests.store.test_requests import accepted, failed, generated, request, started


@pytest.fixture
def requests(database: Database) -> Requests:
    return Requests(database)


@pytest.fixture
def events(database: Database) -> Events:
    return Events(database)


async def test_what_another_process_told_first_is_not_told_around(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests, "instagram")
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    await here.record([Started(id_, "text", "w", 1.0)], {}, (), ())
    await there.record([Started(id_, "image", "w", 1.0)], {}, (), ())
    # this one does not know of the picture, and has more to tell than one event
    await here.record([Said(id_, 1, "a fox"), Said(id_, 1, "a fox runs")], {}, (), ())
    log = events.log(id_)
    assert log is not None
    assert [event.name for event in log.events] == [
        "started", "started", "text.delta", "text.delta",
    ]  # fmt: skip
    assert log.said == "a fox runs"


async def test_what_could_not_be_stored_is_told_when_it_comes_again(
    requests: Requests, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
    fox = [Said(id_, 1, "a fox ")]
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", _away)
        with pytest.raises(DatabaseUnavailable):
            await recorder.record(fox, {}, (), ())
    await recorder.record(fox, {}, (), ())
    await recorder.record([Said(id_, 1, "a fox runs")], {}, (), ())
    log = events.log(id_)
    assert log is not None
    deltas = [event.data for event in log.events if event.name == "text.delta"]
    assert deltas == [b'{"text":"a "}', b'{"text":"fox "}', b'{"text":"runs"}']


WHOLE = "a fox runs over the hill"


async def told_of(requests: Requests, events: Events, *messages: Any, batches: bool = True) -> Any:
    """The log of a request whose workers say this, each message by itself or all at once."""
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    mine = [msgspec.structs.replace(message, id=id_) for message in messages]
    for batch in [[one] for one in mine] if batches else [mine]:
        await recorder.record(batch, {}, (), ())
    log = events.log(id_)
    assert log is not None
    return log


def said(first: int, last: int, *, attempt: int = 1, whole: str = WHOLE) -> Said:
    return Said("", attempt, whole[first:last], first)


STARTED = Started("", "text", "w", 1.0)
OTHER = "a fox naps under a tree, "


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize(
    "messages",
    {
        "in order": [said(0, 5), said(5, 10), said(10, 24)],
        "doubled": [said(0, 5), said(5, 10), said(5, 10), said(0, 5), said(10, 24), said(10, 24)],
        "late": [said(0, 10), said(10, 24), said(3, 8)],
        "overlapping": [said(0, 10), said(5, 15), said(12, 24)],
        "in another order": [said(0, 5), said(10, 15), said(5, 10), said(15, 24)],
        "the first one last": [said(5, 10), said(10, 24), said(0, 5)],
        "lost, and said as a whole": [said(0, 5), said(10, 15), said(0, 24)],
        "as older versions said it": [said(0, 5), said(0, 10), said(0, 24)],
        "begun again": [said(0, 15), said(0, 5), said(5, 10), said(10, 20), said(20, 24)],
    }.items(),
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
async def test_a_text_is_told_once_however_its_pieces_come(
    requests: Requests, events: Events, messages: tuple[str, list[Said]], batches: bool
) -> None:
    log = await told_of(requests, events, STARTED, *messages[1], batches=batches)
    assert log.said == WHOLE
    assert [event.name for event in log.events].count("started") == 1
    assert "".join(json.loads(event.data).get("text", "") for event in log.events) == WHOLE


async def test_a_generation_that_says_something_else_begins_the_text_anew(
    requests: Requests, events: Events
) -> None:
    pieces = [said(first, first + 5, whole=OTHER) for first in range(0, 25, 5)]
    log = await told_of(requests, events, STARTED, said(0, 15), *pieces)
    assert log.said == OTHER
    assert [event.name for event in log.events].count("started") == 2


async def test_a_piece_of_another_attempt_waits_for_its_beginning(
    requests: Requests, events: Events
) -> None:
    second = [said(0, 10, attempt=2, whole=OTHER), said(10, 25, attempt=2, whole=OTHER)]
    log = await told_of(requests, events, STARTED, said(0, 15), second[1], second[0], second[1])
    assert log.said == OTHER
    log = await told_of(requests, events, STARTED, said(0, 15), second[1])
    assert log.said == WHOLE[:15]


async def test_pieces_that_two_processes_read_come_together(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests)
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    first, second, third, last = (
        msgspec.structs.replace(one, id=id_)
        for one in (said(0, 5), said(5, 10), said(10, 15), said(15, 24))
    )
    await there.record([second], {}, (), ())  # sooner than the other one has the first
    await here.record([first], {}, (), ())
    await here.record([third], {}, (), ())
    await there.record([last], {}, (), ())
    await here.record([last], {}, (), ())
    log = events.log(id_)
    assert log is not None
    assert log.said == WHOLE


async def test_an_early_piece_outlives_a_failure_of_the_database(
    requests: Requests, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    first, second = (msgspec.structs.replace(one, id=id_) for one in (said(0, 5), said(5, 24)))
    await recorder.record([second], {}, (), ())
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", _away)
        with pytest.raises(DatabaseUnavailable):
            await recorder.record([first], {}, (), ())
    await recorder.record([first], {}, (), ())
    log = events.log(id_)
    assert log is not None
    assert log.said == WHOLE


def _away(*_: object) -> None:
    raise DatabaseUnavailable("The disk is full.")


async def test_a_snapshot_has_no_text_that_is_told_again(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests, "instagram")
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
    # killed here, before this is told of; the picture is still to come
    await requests.settle([generated(id_, text="a fox")], [None])
    topic = Topic(events, id_)
    snapshot = snapshot_of(topic)
    assert b'"text":"a "' in snapshot.data
    await requests.settle([generated(id_, "image")], [None])
    topic.notify()
    rest = [event.data for event in topic.after(snapshot.seq) if event.name == "text.delta"]
    assert rest == [b'{"text":"fox"}']


async def test_a_redrive_that_meets_the_end_leaves_it_in_the_log(
    requests: Requests, events: Events, database: Database
) -> None:
    id_ = await accepted(requests)
    await requests.start_parts([started(id_)])
    settling = asyncio.ensure_future(requests.settle([failed(id_)], [None]))
    await asyncio.sleep(0)  # its rows are on their way; the request has not failed yet
    await DeadLetters(database, events).redrive([id_])
    await settling
    log = events.log(id_)
    assert log is not None
    assert "failed" in [event.name for event in log.events]


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled", "expired"])
async def test_nothing_is_told_after_the_end(
    requests: Requests, events: Events, database: Database, end: str
) -> None:
    id_ = await accepted(requests)
    await requests.start_parts([started(id_)])
    cancellation = RequestCancellation(database)
    match end:
        case "completed":
            await requests.settle([generated(id_)], [None])
        case "failed":
            await requests.settle([failed(id_)], [None])
        case "cancelled":
            await cancellation.cancel(id_)
        case _:
            await database.write(
                Write("late", ("UPDATE requests SET finish_by = 1 WHERE id IS NOT NULL",)), []
            )
            assert (await cancellation.expire()).ids == (id_,)
    before = events.log(id_)
    assert before is not None
    assert before.final
    late = Event(before.newest + 1, "text.delta", b'{"text":"too late"}')
    assert await events.append([(id_, late)]) == {id_}
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record([Started(id_, "text", "w", 1.0), Said(id_, 1, "too late")], {}, (), ())
    assert await database.all("SELECT * FROM events") == []
    after = events.log(id_)
    assert after is not None
    assert after.events == before.events
    assert after.events[-1].name == end


async def test_a_topic_says_what_the_log_says_however_often_it_looked(
    requests: Requests, events: Events, database: Database
) -> None:
    id_ = await accepted(requests, "instagram")
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    often, seldom = (Topic(events, id_) for _ in range(2))

    def agree(*topics: Topic) -> None:
        for topic in topics:
            topic.notify()
            assert topic.log() == events.log(id_)

    agree(often, seldom)
    await here.record([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
    agree(often, seldom)
    await there.record([Started(id_, "image", "w", 1.0)], {}, (), ())
    agree(often)
    await requests.settle([failed(id_), generated(id_, "image")], [None, None])
    agree(often)
    agree(often)  # there is nothing new
    await DeadLetters(database, events).redrive([id_])
    agree(often, seldom)
    await there.record([Said(id_, 2, "a fox")], {}, (), ())
    agree(often)
    await requests.settle([generated(id_, text="a fox runs", attempt=2)], [None])
    agree(often, seldom)
    agree(often, seldom)
    log = often.log()
    assert log is not None
    assert [event.name for event in log.events] == [
        "started", "text.delta", "started", "image.ready", "failed", "queued",
        "started", "text.delta", "text.delta", "completed",
    ]  # fmt: skip


async def test_a_topic_reads_every_row_once(
    requests: Requests, events: Events, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(requests)
    recorder, topic = EventRecorder(events, Subscriptions(events)), Topic(events, id_)
    await recorder.record([Started(id_, "text", "w", 1.0)], {}, (), ())
    rows: list[str] = []

    def counted(sql: str, *parameters: Any) -> Any:
        found = Database.get(database, sql, *parameters)
        assert found is not None
        rows.extend(json.loads(found[-1]))
        return found

    monkeypatch.setattr(database, "get", counted)
    for size in range(1, 20):
        await recorder.record([Said(id_, 1, "x" * size)], {}, (), ())
        topic.notify()
        assert topic.log() is topic.log()
    assert len(rows) == 20


async def test_simultaneous_position_queries_read_a_long_queue_once(
    requests: Requests, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [request() for _ in range(1500)]
    await asyncio.gather(*(requests.accept(one) for one in waiting))
    looks: list[str] = []
    read = database.backlog.all

    async def counted(sql: str, *parameters: Any) -> Any:
        looks.append(sql)
        return await read(sql, *parameters)

    monkeypatch.setattr(database.backlog, "all", counted)
    monkeypatch.setattr("service.queueing.positions.SNAPSHOT_COST_FACTOR", 1000.0)
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    await asyncio.gather(*(queue.positions_of([one]) for one in waiting[:20]))
    assert len(looks) == 1
