"""The event log in the store, with concurrent processes and badly timed failures."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from service.actors.events.recorder import EventRecorder
from service.generators.protocol import Stage
from service.http.api.events.events import snapshot_of
from service.messages import StageReached, Started, TextPiece
from service.queueing.admission import Admission
from service.queueing.fair_places import FairPlaces, Line
from service.queueing.positions import Positions
from service.store.database import Database
from service.store.errors import DatabaseUnavailable
from service.store.sql.events import FIRST_EVENT_ID, Event, Events
from service.store.sql.requests.dead_letters import DeadLetters
from service.store.sql.requests.request_cancellation import RequestCancellation
from service.store.sql.requests.request_records import Position
from service.store.sql.requests.requests import Requests
from service.store.sql.statements import Write
from service.subscriptions.requests import Subscriptions, Topic
from tests.store.test_requests import accepted, failed, generated, request, started

pytestmark = pytest.mark.over_both_engines


@pytest.fixture
def requests(database: Database) -> Requests:
    return Requests(database)


@pytest.fixture
def events(database: Database) -> Events:
    return Events(database)


async def test_events_follow_those_that_another_process_stored_first(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests, "instagram")
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    await here.record([Started(id_, "text", "w", 1.0)], {}, (), ())
    await there.record([Started(id_, "image", "w", 1.0)], {}, (), ())
    # `here` does not know the image event, and has more than one event to store
    await here.record([TextPiece(id_, 1, "a fox"), TextPiece(id_, 1, "a fox runs")], {}, (), ())
    log = await events.log(id_)
    assert log is not None
    assert [event.name for event in log.events] == [
        "started", "started", "text.delta", "text.delta",
    ]  # fmt: skip
    assert log.text_so_far == "a fox runs"


async def test_an_event_that_could_not_be_stored_is_stored_on_redelivery(
    requests: Requests, events: Events, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record([Started(id_, "text", "w", 1.0), TextPiece(id_, 1, "a ")], {}, (), ())
    fox = [TextPiece(id_, 1, "a fox ")]
    with monkeypatch.context() as broken:
        broken.setattr(database, "write", _away)
        with pytest.raises(DatabaseUnavailable):
            await recorder.record(fox, {}, (), ())
    await recorder.record(fox, {}, (), ())
    await recorder.record([TextPiece(id_, 1, "a fox runs")], {}, (), ())
    log = await events.log(id_)
    assert log is not None
    deltas = [event.data for event in log.events if event.name == "text.delta"]
    assert deltas == [b'{"text":"a "}', b'{"text":"fox "}', b'{"text":"runs"}']


async def test_progress_is_in_the_log_once_and_only_of_a_running_attempt(
    requests: Requests, events: Events
) -> None:
    waits, steps = Stage(position=1), Stage(step=3, steps=20)
    log = await log_of(
        requests,
        events,
        StageReached("", "text", 1, waits),  # it has not started
        Started("", "text", "w", 1.0),
        StageReached("", "text", 1, waits),
        StageReached("", "text", 1, waits),
        StageReached("", "text", 1, steps),
        StageReached("", "text", 2, steps),  # nor has this attempt
    )
    assert [event.data for event in log.events if event.name == "progress"] == [
        b'{"part":"text","attempt":1,"position":1}',
        b'{"part":"text","attempt":1,"step":3,"steps":20}',
    ]


WHOLE = "a fox runs over the hill"


async def log_of(requests: Requests, events: Events, *messages: Any, batches: bool = True) -> Any:
    """The log of a request after these messages: one per batch, or all in one batch."""
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    mine = [msgspec.structs.replace(message, id=id_) for message in messages]
    for batch in [[message] for message in mine] if batches else [mine]:
        await recorder.record(batch, {}, (), ())
    log = await events.log(id_)
    assert log is not None
    return log


def said(first: int, last: int, *, attempt: int = 1, whole: str = WHOLE) -> TextPiece:
    return TextPiece("", attempt, whole[first:last], first)


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
        "lost, and sent as a whole": [said(0, 5), said(10, 15), said(0, 24)],
        "as older versions sent it": [said(0, 5), said(0, 10), said(0, 24)],
        "begun again": [said(0, 15), said(0, 5), said(5, 10), said(10, 20), said(20, 24)],
    }.items(),
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
async def test_every_character_is_logged_once_in_any_order_of_pieces(
    requests: Requests, events: Events, messages: tuple[str, list[TextPiece]], batches: bool
) -> None:
    log = await log_of(requests, events, STARTED, *messages[1], batches=batches)
    assert log.text_so_far == WHOLE
    assert [event.name for event in log.events].count("started") == 1
    assert "".join(json.loads(event.data).get("text", "") for event in log.events) == WHOLE


async def test_a_repeated_generation_with_another_text_restarts_it(
    requests: Requests, events: Events
) -> None:
    pieces = [said(first, first + 5, whole=OTHER) for first in range(0, 25, 5)]
    log = await log_of(requests, events, STARTED, said(0, 15), *pieces)
    assert log.text_so_far == OTHER
    assert [event.name for event in log.events].count("started") == 2


async def test_a_piece_of_another_attempt_waits_for_its_beginning(
    requests: Requests, events: Events
) -> None:
    second = [said(0, 10, attempt=2, whole=OTHER), said(10, 25, attempt=2, whole=OTHER)]
    log = await log_of(requests, events, STARTED, said(0, 15), second[1], second[0], second[1])
    assert log.text_so_far == OTHER
    log = await log_of(requests, events, STARTED, said(0, 15), second[1])
    assert log.text_so_far == WHOLE[:15]


async def test_pieces_read_by_two_processes_are_combined(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests)
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    first, second, third, last = (
        msgspec.structs.replace(piece, id=id_)
        for piece in (said(0, 5), said(5, 10), said(10, 15), said(15, 24))
    )
    await there.record([second], {}, (), ())  # before the other process has the first
    await here.record([first], {}, (), ())
    await here.record([third], {}, (), ())
    await there.record([last], {}, (), ())
    await here.record([last], {}, (), ())
    log = await events.log(id_)
    assert log is not None
    assert log.text_so_far == WHOLE


async def test_an_early_piece_survives_a_failure_of_the_database(
    requests: Requests, events: Events, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await accepted(requests)
    recorder = EventRecorder(events, Subscriptions(events))
    first, second = (msgspec.structs.replace(said(*at), id=id_) for at in ((0, 5), (5, 24)))
    await recorder.record([second], {}, (), ())
    with monkeypatch.context() as broken:
        broken.setattr(database, "write", _away)
        with pytest.raises(DatabaseUnavailable):
            await recorder.record([first], {}, (), ())
    await recorder.record([first], {}, (), ())
    log = await events.log(id_)
    assert log is not None
    assert log.text_so_far == WHOLE


def _away(*_: object) -> None:
    raise DatabaseUnavailable("The disk is full.")


async def test_text_in_a_snapshot_is_not_sent_again(requests: Requests, events: Events) -> None:
    id_ = await accepted(requests, "instagram")
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record([Started(id_, "text", "w", 1.0), TextPiece(id_, 1, "a ")], {}, (), ())
    # killed here, before this event was stored; the picture is not generated yet
    await requests.settle([generated(id_, text="a fox")], [None])
    topic = Topic(events, id_)
    await topic.read()
    snapshot = snapshot_of(topic)
    assert b'"text":"a "' in snapshot.data
    await requests.settle([generated(id_, "image")], [None])
    topic.notify()
    await topic.read()
    rest = [event.data for event in topic.after(snapshot.seq) if event.name == "text.delta"]
    assert rest == [b'{"text":"fox"}']


async def test_a_redrive_during_the_end_keeps_the_final_event(
    requests: Requests, events: Events, database: Database
) -> None:
    id_ = await accepted(requests)
    await requests.start_parts([started(id_)])
    settling = asyncio.ensure_future(requests.settle([failed(id_)], [None]))
    await asyncio.sleep(0)  # its rows are on their way; the request has not failed yet
    await DeadLetters(database, events).redrive([id_])
    await settling
    log = await events.log(id_)
    assert log is not None
    assert "failed" in [event.name for event in log.events]


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled", "expired"])
async def test_no_event_follows_the_final_one(
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
                Write("late", "", ("UPDATE requests SET finish_by = 1 WHERE id IS NOT NULL",)), []
            )
            assert (await cancellation.expire()).ids == (id_,)
    before = await events.log(id_)
    assert before is not None
    assert before.final
    late = Event(before.newest + 1, "text.delta", b'{"text":"too late"}')
    assert await events.append([(id_, late)]) == {id_}
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.record(
        [Started(id_, "text", "w", 1.0), TextPiece(id_, 1, "too late")], {}, (), ()
    )
    assert await database.all("SELECT * FROM events") == []
    after = await events.log(id_)
    assert after is not None
    assert after.events == before.events
    assert after.events[-1].name == end


async def test_a_topic_always_equals_the_stored_log(
    requests: Requests, events: Events, database: Database
) -> None:
    id_ = await accepted(requests, "instagram")
    here, there = (EventRecorder(events, Subscriptions(events)) for _ in range(2))
    often, seldom = (Topic(events, id_) for _ in range(2))

    async def agree(*topics: Topic) -> None:
        for topic in topics:
            topic.notify()
            assert await topic.read() == await events.log(id_)

    await agree(often, seldom)
    await here.record([Started(id_, "text", "w", 1.0), TextPiece(id_, 1, "a ")], {}, (), ())
    await agree(often, seldom)
    await there.record([Started(id_, "image", "w", 1.0)], {}, (), ())
    await agree(often)
    await requests.settle([failed(id_), generated(id_, "image")], [None, None])
    await agree(often)
    await agree(often)  # there is nothing new
    await DeadLetters(database, events).redrive([id_])
    await agree(often, seldom)
    await there.record([TextPiece(id_, 2, "a fox")], {}, (), ())
    await agree(often)
    await requests.settle([generated(id_, text="a fox runs", attempt=2)], [None])
    await agree(often, seldom)
    await agree(often, seldom)
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

    get = database.get

    async def counted(sql: str, *parameters: Any) -> Any:
        rows_read = await get(sql, *parameters)
        assert rows_read is not None
        rows.extend(json.loads(rows_read[-1]))
        return rows_read

    monkeypatch.setattr(database, "get", counted)
    for size in range(1, 20):
        await recorder.record([TextPiece(id_, 1, "x" * size)], {}, (), ())
        topic.notify()
        assert await topic.read() is await topic.read()
    assert len(rows) == 20


@pytest.mark.parametrize("clients", [1, 1500])
async def test_simultaneous_position_queries_read_a_long_queue_once(
    requests: Requests, database: Database, monkeypatch: pytest.MonkeyPatch, clients: int
) -> None:
    users = [f"user {number % clients}" for number in range(1500)]
    waiting = [msgspec.structs.replace(request(), user_id=user) for user in users]
    await asyncio.gather(*(requests.accept(new) for new in waiting))
    queries: list[str] = []
    threads: set[str] = set()
    read = database.backlog.all

    async def counted(sql: str, *parameters: Any) -> Any:
        queries.append(sql)
        return await read(sql, *parameters)

    def noted(lines: Mapping[str, Line], start_of: Callable[[str], float]) -> FairPlaces:
        threads.add(threading.current_thread().name)
        return FairPlaces(lines, start_of)

    monkeypatch.setattr(database.backlog, "all", counted)
    monkeypatch.setattr("service.queueing.positions.FairPlaces", noted)
    monkeypatch.setattr("service.queueing.positions.SNAPSHOT_COST_FACTOR", 1000.0)
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    await asyncio.gather(*(queue.positions_of([each]) for each in waiting[:20]))
    assert len(queries) == 1
    assert threading.main_thread().name not in threads  # the event loop goes on


async def test_a_snapshot_of_a_final_request_is_numbered_before_its_end(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests)
    await requests.settle([generated(id_)], [None])
    log = await events.log(id_)
    assert log is not None
    assert len(log.events) > 1
    assert [log.last, log.newest] == [event.seq for event in log.events[-2:]]


async def test_a_position_that_grows_is_told_again_once(requests: Requests, events: Events) -> None:
    topic = Topic(events, await accepted(requests, "text"))
    await topic.read()
    told = topic.stand_at_first

    def news(after: int) -> list[tuple[int, int]]:
        nonlocal told
        found = [(e.seq, json.loads(e.data)["position"]) for e in topic.news(after, told)]
        told = topic.stand
        return found

    topic.set_position(Position(3, None))
    assert news(0) == [(FIRST_EVENT_ID - 3, 3)]
    topic.set_position(Position(5, None))
    assert news(FIRST_EVENT_ID - 3) == [(FIRST_EVENT_ID - 3, 5)]
    assert news(FIRST_EVENT_ID - 3) == []
    topic.set_position(Position(7, None))
    topic.set_position(Position(5, None))  # before it was told
    assert news(FIRST_EVENT_ID - 3) == []
    topic.set_position(Position(2, None))
    assert news(FIRST_EVENT_ID - 3) == [(FIRST_EVENT_ID - 2, 2)]
    told = topic.stand_at_first
    assert news(FIRST_EVENT_ID - 2) == []
