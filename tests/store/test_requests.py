"""Requests: with messages in any order and number, the state only moves forward."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from service.messages import (
    PARTS,
    TAGS,
    Accepted,
    Failed,
    Finished,
    Generated,
    Kind,
    Moved,
    Origin,
    Priority,
    Started,
    Tag,
)
from service.queueing.admission import Admission
from service.queueing.positions import Positions
from service.request_ids import new_id
from service.store.database import Database
from service.store.sql.requests import requests as module
from service.store.sql.requests.request_acceptance import IdempotencyKey
from service.store.sql.requests.request_cancellation import RequestCancellation
from service.store.sql.requests.request_records import Request, RequestRecords
from service.store.sql.requests.request_results import Settled
from service.store.sql.requests.requests import Requests
from tests.support.databases import open_database
from tests.support.waiting import at_once, eventually

pytestmark = pytest.mark.over_both_engines

T = TypeVar("T")
ORDER = {"queued": 0, "generating": 1, "completed": 2, "failed": 2}
LATER = 4e9  # seconds since the epoch: not due
EARLIER = 1.0
BEGAN = 0.5


@pytest.fixture
def requests(database: Database) -> Requests:
    return Requests(database)


def request(tag: Tag = "text", *, publish: bool = False, priority: Priority = "normal") -> Request:
    id_ = new_id()
    TAGGED[id_] = tag
    return Request(id_, tag, "a fox", 7, time.time(), {}, "ann", publish, priority=priority)


async def accepted(requests: Requests, tag: Tag = "text", *, publish: bool = False) -> str:
    new = request(tag, publish=publish)
    await requests.accept(new)
    return new.id


TAGGED: dict[str, Tag] = {}
SETS_SOLE = [True]  # whether results have `sole` set where it is true


@pytest.fixture(autouse=True, params=[False, True], ids=["unset", "sole"])
def sets_sole(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test gives the same results with and without `sole`."""
    monkeypatch.setattr("tests.store.test_requests.SETS_SOLE", [request.param])


def generated(id_: str, kind: Kind = "text", attempt: int = 1, text: str = "t") -> Generated:
    origin = Origin("g", "w", 1.0, 0.5)
    sole = SETS_SOLE[0] and TAGGED.get(id_) != "instagram"
    content = text if kind == "text" else None
    return Generated(id_, kind, attempt, origin, content, sole=sole)


def failed(id_: str, kind: Kind = "text", attempt: int = 1) -> Failed:
    return Failed(
        id_, kind, attempt, Origin("g", "w", 1.0, 0.5), f"reason {attempt}", retryable=True
    )


def started(id_: str, kind: Kind = "text") -> Started:
    return Started(id_, kind, "w", BEGAN)


async def unfinished(requests: Requests) -> list[Accepted]:
    return [entry.request async for page in requests.unfinished() for entry in page]


@pytest.mark.parametrize("more", [{}, {"owner": "ann", "client": "::1"}, {"webhook": "http://a.b"}])
async def test_a_stored_request_is_read_back_unchanged(
    requests: Requests, more: dict[str, Any]
) -> None:
    options: dict[str, Any] = {"size": "64x64"}
    stored = Request(
        new_id(), "image", "é 🦊", 2**31 - 1, time.time(), options, "a:b", True, **more
    )
    await requests.accept(stored)
    record = await requests.record(stored.id)
    assert record is not None
    read = record.request
    assert (read.id, read.tag, read.prompt, read.seed) == (stored.id, "image", "é 🦊", 2**31 - 1)
    assert (read.created_at, read.options) == (stored.created_at, {"size": "64x64"})
    assert (read.user_id, read.publish) == ("a:b", True)
    assert read == stored
    assert await requests.record("unknown") is None
    assert await requests.view("unknown") is None


async def test_a_duplicate_start_after_a_failure_keeps_the_retry(
    requests: Requests,
) -> None:
    id_ = await accepted(requests)
    for _ in range(2):  # the whole batch is delivered twice
        await requests.start_parts([started(id_)])
        await requests.settle([failed(id_)], [EARLIER])
    [again] = await requests.take_due_retries(time.time())
    assert (again.id, again.kinds, again.attempt) == (id_, ("text",), 2)


async def test_a_due_retry_is_returned_once(requests: Requests) -> None:
    ids = [await accepted(requests) for _ in range(10)]
    await requests.settle([failed(id_) for id_ in ids], [EARLIER] * 9 + [LATER])
    batches = await asyncio.gather(*(requests.take_due_retries(time.time()) for _ in range(5)))
    assert sorted(retry.id for batch in batches for retry in batch) == ids[:9]


async def test_the_attempt_number_never_decreases(requests: Requests) -> None:
    id_ = await accepted(requests)
    for attempt in (1, 2):
        await requests.settle([failed(id_, attempt=attempt)], [EARLIER])
    await requests.settle([generated(id_, attempt=1)], [None])
    record = await requests.record(id_)
    assert record is not None
    assert (record.status, record.parts[0].attempts) == ("completed", 2)


async def test_the_first_result_in_a_batch_wins(requests: Requests) -> None:
    ids = [await accepted(requests) for _ in range(20)]
    first = [generated(id_, text="first") for id_ in ids]
    last = [generated(id_, text="last") for id_ in ids]
    settled = await requests.settle([*first, *last], [None] * 40)
    assert [await requests.view(id_) for id_ in ids] == [("completed", None, "first", None)] * 20
    assert len(settled.parts) == len(settled.final) == 20


async def test_a_text_is_viewed_as_it_is_stored(requests: Requests, database: Database) -> None:
    id_ = await accepted(requests)
    await requests.settle([generated(id_, text="a\0fox")], [None])
    assert await requests.view(id_) == await RequestRecords(database).view(id_)


async def test_different_results_in_one_batch_are_kept_apart(requests: Requests) -> None:
    done, lost = await accepted(requests), await accepted(requests)
    post = await accepted(requests, "instagram")
    results: list[Generated | Failed] = [generated(done), failed(lost), generated(post)]
    settled = await requests.settle(results, [None] * 3)
    assert {final.id: final.status for final in settled.final} == {
        done: "completed",
        lost: "failed",
    }
    assert await requests.view(lost) == ("failed", "text: reason 1", None, None)
    assert await requests.view(post) == ("generating", None, "t", None)


async def test_final_requests_are_returned_in_the_order_of_acceptance(requests: Requests) -> None:
    ids = [await accepted(requests, publish=True) for _ in range(20)]
    late_first = [generated(id_) for id_ in reversed(ids)]
    settled = await requests.settle(late_first, [None] * 20)
    assert [final.id for final in settled.final] == ids


async def test_a_result_clears_earlier_errors_and_retries(
    requests: Requests, database: Database
) -> None:
    id_ = await accepted(requests)
    await requests.start_parts([started(id_)])
    await requests.settle([failed(id_)], [LATER])
    twice = [generated(id_, attempt=2), generated(id_, attempt=2, text="later")]
    await requests.settle(twice, [None, None])
    await requests.settle([generated(id_, attempt=3, text="later")], [None])
    record = await requests.record(id_)
    assert record is not None
    [part] = record.parts
    assert (record.status, record.error, record.started_at) == ("completed", None, BEGAN)
    assert (part.status, part.text, part.error, part.attempts) == ("completed", "t", None, 2)
    assert not await database.all("SELECT * FROM parts WHERE retry_at IS NOT NULL")


async def test_a_result_ends_a_part_that_is_generating(requests: Requests) -> None:
    id_ = await accepted(requests)
    await requests.start_parts([started(id_)])
    await requests.settle([generated(id_)], [None])
    record = await requests.record(id_)
    assert record is not None
    [part] = record.parts
    assert (record.status, part.status, part.text) == ("completed", "completed", "t")


async def test_a_cancelled_request_takes_no_result(requests: Requests, database: Database) -> None:
    id_ = await accepted(requests)
    await RequestCancellation(database).cancel(id_)
    assert await requests.settle([generated(id_)], [None]) == Settled((), ())
    record = await requests.record(id_)
    assert record is not None
    assert (record.status, record.parts) == ("cancelled", ())


async def test_the_first_of_two_results_in_a_batch_is_stored(requests: Requests) -> None:
    id_ = await accepted(requests)
    first, second = (
        msgspec.structs.replace(generated(id_), origin=Origin("g", "w", at, 0.5))
        for at in (5.0, 9.0)
    )
    await requests.settle([first, second], [None, None])
    record = await requests.record(id_)
    assert record is not None
    assert (record.started_at, (record.parts[0].origin or {})["started_at"]) == (5.0, 5.0)


async def test_an_input_picture_is_stored_with_each_request(
    requests: Requests, database: Database
) -> None:
    def pictured(number: int) -> Request:
        return msgspec.structs.replace(
            request("image"), options={"image": f"/media/{number}/x.png"}
        )

    one, keyed, several = pictured(1), pictured(2), [pictured(3), pictured(3)]
    key, other = IdempotencyKey("a", "digest"), IdempotencyKey("b", "digest")
    await requests.accept(one)
    plain = await accepted(requests)
    assert await requests.accept(keyed, key)
    assert not await requests.accept(pictured(4), key)
    assert await requests.accept_together(several, other)
    assert not await requests.accept_together([pictured(5), pictured(5)], other)
    rows = await database.all("SELECT request_id, uri FROM input_pictures ORDER BY uri, request_id")
    assert [tuple(row) for row in rows] == [
        (each.id, each.options["image"]) for each in (one, keyed, *several)
    ]
    assert plain not in {row[0] for row in rows}


def moved(id_: str, model: str, to: str, kind: Kind = "text", done: int = 0) -> Moved:
    return Moved(id_, kind, model, to, "It is paused.", done)


async def wanting(requests: Requests, tag: Tag = "text", **models: str) -> Request:
    new = msgspec.structs.replace(request(tag), **models)
    await requests.accept(new)
    return new


@pytest.mark.parametrize("sole", [True, False])
@pytest.mark.parametrize(
    ("wanted", "to"),
    [({"text_model": "good"}, "draft"), ({}, "draft"), ({"text_model": "good"}, "text")],
)
async def test_a_late_result_is_taken_out_of_the_queue_where_the_part_is(
    requests: Requests, wanted: Any, to: str, *, sole: bool
) -> None:
    """The part has moved on, and an attempt of the model that it has left ends all the same."""
    new = await wanting(requests, **wanted)
    left = wanted.get("text_model", "text")
    assert len(await requests.move([moved(new.id, left, to)])) == 1
    origin = Origin("g", "w", BEGAN, 1.0, pool="" if left == "text" else left)
    result = Generated(new.id, "text", 1, origin, "a text", sole=sole)
    settled = await requests.settle([result], [None], exact=True)
    assert {pool: load.parts for pool, load in settled.loads.items()} == {to: 1}
    assert [pool for pool, _ in settled.made] == [left]


async def test_a_failed_part_is_taken_out_of_the_queue_where_it_is(requests: Requests) -> None:
    new = await wanting(requests, "instagram", text_model="good", image_model="flux")
    await requests.move([moved(new.id, "flux", "image", "image")])
    origin = Origin("g", "w", BEGAN, 1.0, pool="flux")
    late = Failed(new.id, "image", 1, origin, "It is not allowed.", False)
    text = Generated(new.id, "text", 1, Origin("g", "w", BEGAN, 1.0, pool="good"), "a text")
    settled = await requests.settle([late, text], [None, None], exact=True)
    assert {pool: load.parts for pool, load in settled.loads.items()} == {"image": 1, "good": 1}


async def test_a_part_moves_once_and_from_where_it_is(requests: Requests) -> None:
    first, second = await wanting(requests, text_model="good"), await wanting(requests)
    size = first.queued_bytes
    twice = [moved(first.id, "good", "draft")] * 2
    chain = [moved(second.id, "text", "good"), moved(second.id, "good", "draft")]
    done = await requests.move([*twice, *chain])
    assert sorted((move.id, move.model, move.to, bytes_) for move, bytes_ in done) == sorted(
        [
            (first.id, "good", "draft", size),
            (second.id, "text", "good", second.queued_bytes),
            (second.id, "good", "draft", second.queued_bytes),
        ]
    )
    assert await requests.move([moved(first.id, "good", "text"), twice[0]]) == []  # it has left it
    [waiting] = await requests.unfinished_parts(first.id)
    assert waiting.models == {"text": "draft"}


async def test_messages_for_other_parts_or_unknown_requests_change_nothing(
    requests: Requests,
) -> None:
    id_ = await accepted(requests, "text")
    await requests.start_parts([started(id_, "image"), started("unknown")])
    await requests.settle([generated(id_, "image"), generated("unknown")], [None, None])
    record = await requests.record(id_)
    assert record is not None
    assert (record.status, record.parts) == ("queued", ())


async def test_a_published_request_stays_unnoticed_until_it_is_marked(requests: Requests) -> None:
    id_ = await accepted(requests, "instagram", publish=True)
    settled = await requests.settle([generated(id_), generated(id_, "image")], [None, None])
    assert [final.notice for final in settled.final] == [Finished(id_)]
    assert await requests.unnoticed() == [Finished(id_)]
    await requests.mark_noticed([id_])
    assert (await requests.settle([generated(id_)], [None])).final == ()
    assert await requests.unnoticed() == []


async def test_a_failed_request_is_not_announced(requests: Requests) -> None:
    id_ = await accepted(requests, "instagram", publish=True)
    settled = await requests.settle([generated(id_), failed(id_, "image")], [None, None])
    assert [(final.status, final.notice) for final in settled.final] == [("failed", None)]
    view = await requests.view(id_)
    assert view == ("failed", "image: reason 1", "t", None)


async def test_the_position_counts_requests_that_wait_for_the_same_workers(
    requests: Requests, database: Database
) -> None:
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    first, text, image, both = (request(t) for t in ("instagram", "text", "image", "instagram"))
    for waiting in (first, text, image, both):
        await requests.accept(waiting)
    places = await queue.positions_of([first, text, image, both])
    assert [place.position for place in places] == [0, 1, 1, 2]
    await requests.settle([generated(first.id)], [None])  # waits for its picture only
    places = await queue.positions_of([text, image, both])
    assert [place.position for place in places] == [0, 1, 2]


async def test_the_position_in_a_long_queue_is_a_close_estimate(
    requests: Requests, database: Database
) -> None:
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    waiting = [request("text") for _ in range(2500)]
    await asyncio.gather(*(requests.accept(new) for new in waiting))
    numbers = [0, 1, 777, 1500, 2499]
    places = await queue.positions_of([waiting[number] for number in numbers])
    for number, place in zip(numbers, places, strict=True):
        assert abs(place.position - number) <= 3


async def test_the_position_in_a_long_queue_falls(requests: Requests, database: Database) -> None:
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    waiting = [request("text") for _ in range(1100)]
    await asyncio.gather(*(requests.accept(new) for new in waiting))
    assert (await queue.positions_of([waiting[-1]]))[0].position >= 1090
    await requests.settle([generated(new.id) for new in waiting[:50]], [None] * 50)

    async def has_fallen() -> bool:
        [place] = await queue.positions_of([waiting[-1]])
        return place.position <= 1060

    await eventually(has_fallen, "the snapshot of the queue is replaced")


async def test_urgent_requests_come_first(requests: Requests, database: Database) -> None:
    queue = Positions(database, Admission({}), lambda: {"text": 1, "image": 1})
    low, normal, high = (request("text", priority=p) for p in ("low", "normal", "high"))
    for waiting in (low, normal, high):
        await requests.accept(waiting)
    places = await queue.positions_of([low, normal, high])
    assert [place.position for place in places] == [2, 1, 0]


@pytest.mark.parametrize("page", [3, 4, 7, 1000])
async def test_unfinished_requests_are_found_across_pages(
    requests: Requests, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(module, "PAGE_ROWS", page)
    wanted: list[tuple[str, tuple[Kind, ...]]] = []
    for number in range(30):
        tag = TAGS[number % 3]
        id_ = await accepted(requests, tag)
        if number % 5 == 0:
            await requests.settle([generated(id_, k) for k in PARTS[tag]], [None] * len(PARTS[tag]))
            continue
        if tag == "instagram":  # two rows, of which one is done
            await requests.start_parts([started(id_, "image")])
            await requests.settle([generated(id_, "text")], [None])
            wanted.append((id_, ("image",)))
        else:
            wanted.append((id_, PARTS[tag]))
    ids_of_pages = await unfinished(requests)
    assert [(entry.id, entry.kinds) for entry in ids_of_pages] == wanted


async def test_owners_can_use_the_same_idempotency_key_simultaneously(
    requests: Requests,
) -> None:
    once = IdempotencyKey("the same", "digest")
    sent = [msgspec.structs.replace(request(), owner=owner) for owner in ("ann", "bob", None) * 2]
    stored = await asyncio.gather(*(requests.accept(new, once) for new in sent))
    assert stored == [True] * 3 + [False] * 3
    for first in sent[:3]:
        assert await requests.find_by_key(first.owner, "the same") == (once, first.id)


# --------------------------------------------------------------------- any order, any number


@dataclass
class Expected:
    """The expected state of a request, by a simple model."""

    tag: Tag
    attempts: dict[Kind, int] = field(default_factory=dict)
    final: dict[Kind, str] = field(default_factory=dict)
    retry: set[Kind] = field(default_factory=set)
    begun: bool = False

    @property
    def status(self) -> str:
        if len(self.final) == len(PARTS[self.tag]):
            return "failed" if "failed" in self.final.values() else "completed"
        return "generating" if self.begun else "queued"

    def takes(self, kind: str) -> bool:
        return kind in PARTS[self.tag] and kind not in self.final


class AnyOrder(RuleBasedStateMachine):
    """Sends messages about three requests in any order and number; compares with the model."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.runner.run(self._open())
        self.expected: dict[str, Expected] = {}
        for tag in TAGS:
            self.expected[self.run_(accepted(self.requests, tag))] = Expected(tag)
        self.highest = dict.fromkeys(self.expected, 0)

    async def _open(self) -> Any:
        opened = open_database(self.folder, str(time.time_ns()))
        self.requests = Requests(await opened.__aenter__())
        return opened

    def run_(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run_(self.opened.__aexit__(None, None, None))
        self.runner.close()

    numbers = st.integers(0, 2)
    kinds = st.sampled_from(["text", "image"])
    attempts = st.integers(1, 3)

    def pick(self, number: int) -> tuple[str, Expected]:
        return list(self.expected.items())[number]

    @rule(number=numbers, kind=kinds)
    def start(self, number: int, kind: Kind) -> None:
        id_, expected = self.pick(number)
        self.run_(self.requests.start_parts([started(id_, kind)]))
        if kind in PARTS[expected.tag] and expected.status in {"queued", "generating"}:
            expected.begun = True

    @rule(number=numbers, kind=kinds, attempt=attempts, doubled=st.booleans())
    def generate(self, number: int, kind: Kind, attempt: int, doubled: bool) -> None:
        id_, expected = self.pick(number)
        results = [generated(id_, kind, attempt, f"text {attempt}")] * (1 + doubled)
        settled = self.run_(self.requests.settle(results, [None] * len(results)))
        before = expected.status
        if not expected.takes(kind):
            assert settled == Settled((), ())
            return
        expected.begun = True
        expected.final[kind] = f"text {attempt}"
        expected.attempts[kind] = max(attempt, expected.attempts.get(kind, 0))
        expected.retry.discard(kind)
        assert settled.parts == ((id_, kind),)
        assert [final.status for final in settled.final] == self.just_final(before, expected)

    @rule(number=numbers, kind=kinds, attempt=attempts, again=st.booleans())
    def fail(self, number: int, kind: Kind, attempt: int, again: bool) -> None:
        id_, expected = self.pick(number)
        due = LATER if again else None
        settled = self.run_(self.requests.settle([failed(id_, kind, attempt)], [due]))
        before = expected.status
        if not expected.takes(kind) or attempt <= expected.attempts.get(kind, 0):
            assert settled == Settled((), ())
            return
        expected.begun = True
        expected.attempts[kind] = attempt
        if again:
            expected.retry.add(kind)
        else:
            expected.final[kind] = "failed"
            expected.retry.discard(kind)
        assert settled.parts == (() if again else ((id_, kind),))
        assert [final.status for final in settled.final] == self.just_final(before, expected)

    @rule()
    def retry(self) -> None:
        retries = self.run_(self.requests.take_due_retries(LATER))
        parts = {(retry.id, kind, retry.attempt) for retry in retries for kind in retry.kinds}
        assert len(parts) == len(retries)
        assert parts == {
            (id_, kind, expected.attempts[kind] + 1)
            for id_, expected in self.expected.items()
            for kind in expected.retry
            if expected.status == "generating"
        }
        for expected in self.expected.values():
            expected.retry.clear()

    @staticmethod
    def just_final(before: str, expected: Expected) -> list[str]:
        return [expected.status] if ORDER[expected.status] > max(1, ORDER[before]) else []

    @invariant()
    def every_request_is_as_expected(self) -> None:
        for id_, expected in self.expected.items():
            record = at_once(self.requests.record(id_))
            assert record is not None
            assert record.status == expected.status
            assert ORDER[record.status] >= self.highest[id_]
            self.highest[id_] = ORDER[record.status]
            assert (record.finished_at is not None) == (record.status in {"completed", "failed"})
            parts = {part.kind: part for part in record.parts}
            assert set(parts) <= set(PARTS[expected.tag])
            for kind, final in expected.final.items():
                wanted = "failed" if final == "failed" else "completed"
                assert parts[kind].status == wanted
                if kind == "text" and wanted == "completed":
                    assert parts[kind].text == final
            for kind, attempts in expected.attempts.items():
                assert parts[kind].attempts == attempts

    @invariant()
    def what_is_unfinished_is_exact(self) -> None:
        messages = self.run_(unfinished(self.requests))
        wanted = {(each.id, kind, each.attempt) for each in messages for kind in each.kinds}
        assert wanted == {
            (id_, kind, expected.attempts.get(kind, 0) + 1)
            for id_, expected in self.expected.items()
            for kind in PARTS[expected.tag]
            if kind not in expected.final
        }
        size = len(request("text").prompt.encode())
        for kind, load in self.run_(self.requests.backlog()).items():
            parts = sum(expected.takes(kind) for expected in self.expected.values())
            assert load == (parts, parts * size)


def test_requests_end_correctly_with_messages_in_any_order_and_number(tmp_path: Path) -> None:
    run_state_machine_as_test(
        type("Case", (AnyOrder,), {"folder": tmp_path}),
        settings=settings(max_examples=40, stateful_step_count=15, deadline=None),
    )


async def test_an_untouched_part_is_wanted_once_and_not_after_its_end(
    database: Database,
) -> None:
    requests, cancellation = Requests(database, alone=True), RequestCancellation(database)
    begun, ended, late = (request("instagram") for _ in range(3))
    for new in (begun, ended):
        assert await requests.accept(new)
    assert await requests.accept(msgspec.structs.replace(late, start_by=time.time() - 1))
    requests.ended((await cancellation.cancel(ended.id)).ids)
    attempts = {(each.id, 1) for each in (begun, ended, late)}
    assert requests.untouched("text", attempts) == {(begun.id, 1)}
    assert await requests.still_wanted("text", attempts) == {(begun.id, 1)}
    await requests.settle([generated(begun.id, "text")], [None])
    assert requests.untouched("text", attempts) == set()
    assert await requests.still_wanted("text", attempts) == set()
    both = {(begun.id, 1), (begun.id, 2)}
    assert requests.untouched("image", both) == {(begun.id, 1)}
    assert await requests.still_wanted("image", both) == both


async def test_a_view_has_the_picture_of_its_own_request(requests: Requests) -> None:
    ids = [await accepted(requests, "image") for _ in range(3)]
    for id_ in ids[:2]:
        picture = msgspec.structs.replace(generated(id_, "image"), image_uri=f"/media/{id_}.png")
        await requests.settle([picture], [None])
    views = [await requests.view(id_) for id_ in ids]
    assert [view and view[3] for view in views] == [
        *(f"/media/{id_}.png" for id_ in ids[:2]),
        None,
    ]
