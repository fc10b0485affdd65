"""The event log in the store: what processes and moments that meet may not make of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from service.actors.events.recorder import EventRecorder
from service.http.api.events import snapshot_of
from service.messages import Said, Started
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.store.errors import DatabaseUnavailable
from service.store.sql.dead_letters import DeadLetters
from service.store.sql.events import Events
from service.store.sql.requests import Requests
from service.store.sqlite.database import Database
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
    await here.tell([Started(id_, "text", "w", 1.0)], {}, (), ())
    await there.tell([Started(id_, "image", "w", 1.0)], {}, (), ())
    # this one does not know of the picture, and has more to tell than one event
    await here.tell([Said(id_, 1, "a fox"), Said(id_, 1, "a fox runs")], {}, (), ())
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
    await recorder.tell([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
    fox = [Said(id_, 1, "a fox ")]
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", _away)
        with pytest.raises(DatabaseUnavailable):
            await recorder.tell(fox, {}, (), ())
    await recorder.tell(fox, {}, (), ())
    await recorder.tell([Said(id_, 1, "a fox runs")], {}, (), ())
    log = events.log(id_)
    assert log is not None
    deltas = [event.data for event in log.events if event.name == "text.delta"]
    assert deltas == [b'{"text":"a "}', b'{"text":"fox "}', b'{"text":"runs"}']


def _away(*_: object) -> None:
    raise DatabaseUnavailable("The disk is full.")


async def test_a_snapshot_has_no_text_that_is_told_again(
    requests: Requests, events: Events
) -> None:
    id_ = await accepted(requests, "instagram")
    recorder = EventRecorder(events, Subscriptions(events))
    await recorder.tell([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
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
    await requests.start([started(id_)])
    settling = asyncio.ensure_future(requests.settle([failed(id_)], [None]))
    await asyncio.sleep(0)  # its rows are on their way; the request has not failed yet
    await DeadLetters(database, events).redrive([id_])
    await settling
    log = events.log(id_)
    assert log is not None
    assert "failed" in [event.name for event in log.events]


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
    await here.tell([Started(id_, "text", "w", 1.0), Said(id_, 1, "a ")], {}, (), ())
    agree(often, seldom)
    await there.tell([Started(id_, "image", "w", 1.0)], {}, (), ())
    agree(often)
    await requests.settle([failed(id_), generated(id_, "image")], [None, None])
    agree(often)
    agree(often)  # there is nothing new
    await DeadLetters(database, events).redrive([id_])
    agree(often, seldom)
    await there.tell([Said(id_, 2, "a fox")], {}, (), ())
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
    await recorder.tell([Started(id_, "text", "w", 1.0)], {}, (), ())
    rows: list[str] = []

    def counted(sql: str, *parameters: Any) -> Any:
        found = Database.get(database, sql, *parameters)
        assert found is not None
        rows.extend(json.loads(found[-1]))
        return found

    monkeypatch.setattr(database, "get", counted)
    for size in range(1, 20):
        await recorder.tell([Said(id_, 1, "x" * size)], {}, (), ())
        topic.notify()
        assert topic.log() is topic.log()
    assert len(rows) == 20


async def test_a_long_queue_is_looked_at_once_for_all_who_ask(
    requests: Requests, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [request() for _ in range(1500)]
    await asyncio.gather(*(requests.accept(one) for one in waiting))
    looks: list[str] = []

    async def counted(sql: str, *parameters: Any) -> Any:
        looks.append(sql)
        return await Database.all(database, sql, *parameters)

    monkeypatch.setattr(database, "all", counted)
    monkeypatch.setattr("service.queueing.positions.SNAPSHOT_COST_FACTOR", 1000.0)
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    await asyncio.gather(*(queue.places([one]) for one in waiting[:20]))
    assert len(looks) == 1
