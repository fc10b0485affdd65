"""Cancelling, deadlines, dead letters, the circuit breaker, and retention."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.actors.workers import direct_calls
from service.actors.workers.failures import circuit_breaker
from service.generators.protocol import Drawn, GenerationFailed, Job, Written
from service.messages import Failed, Origin, TextWanted
from service.request_ids import new_id
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.sql.requests import request_cancellation
from service.store.sql.requests.requests import Requests
from service.store.sql.statements import Write
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import HANGS_SECONDS, eventually, wait_until

pytestmark = pytest.mark.over_both_engines


async def draw(_: Job) -> Drawn:
    return Drawn(picture(), "image/png", 48, 32, "scripted")


async def fail(_: Job) -> Written:
    raise GenerationFailed("The model is busy.", retryable=True)


@pytest.fixture
def text() -> Scripted:
    return Scripted()


@pytest.fixture
async def mill(tmp_path: Path, redis_url: str, text: Scripted) -> AsyncIterator[Pipeline]:
    async with running_pipeline(tmp_path, redis_url, text, Scripted(draw)) as mill:
        yield mill


async def test_a_request_cancelled_while_queued_never_starts(
    mill: Pipeline, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {n}") for n in range(5)]
    await wait_until(lambda: text.at_work == 2, "both workers are at work")
    await mill.cancel(ids[3])
    gate.open.set()
    records = await mill.finished(*ids)
    assert [record.status for record in records] == [
        "completed", "completed", "completed", "cancelled", "completed",
    ]  # fmt: skip
    assert "prompt 3" not in text.prompts


async def test_of_requests_that_are_cancelled_together_none_begins(
    engine: str, mill: Pipeline, text: Scripted
) -> None:
    assert engine
    text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {n}") for n in range(6)]
    await wait_until(lambda: text.at_work == 2, "both workers are at work")
    ended = await mill.services.stores.cancellation.cancel(*ids)
    assert set(ended.ids) == set(ids)
    mill.services.ends.follow(ended)
    await mill.quiet()
    assert sorted(text.prompts) == ["prompt 0", "prompt 1"]
    assert {record.status for record in await mill.finished(*ids)} == {"cancelled"}
    await mill.quiet()
    assert mill.services.admission["text"] == 0


async def test_cancelling_a_running_request_frees_its_worker_at_once(
    mill: Pipeline, text: Scripted
) -> None:
    text.behaviour = Gate()
    id_ = await mill.submit("long", "instagram")
    await wait_until(lambda: text.at_work == 1, "it is at work")
    await mill.cancel(id_)
    await wait_until(lambda: text.at_work == 0, "the worker is free")
    text.behaviour = write_at_once
    await mill.finished(await mill.submit("after"))
    await mill.quiet()
    assert mill.record(id_).status == "cancelled"
    assert mill.services.admission["text"] == mill.services.admission["image"] == 0


async def test_another_process_can_cancel_a_running_request(mill: Pipeline, text: Scripted) -> None:
    text.behaviour = Gate()
    id_ = await mill.submit("long")
    await wait_until(lambda: text.at_work == 1, "it is at work")
    await mill.services.stores.cancellation.cancel(id_)  # without notice to the pool
    await wait_until(lambda: text.at_work == 0, "the worker is free")


async def test_a_finished_request_cannot_be_cancelled(mill: Pipeline) -> None:
    id_ = await mill.submit("quick")
    await mill.finished(id_)
    assert (await mill.services.stores.cancellation.cancel(id_)).ids == ()
    assert mill.record(id_).status == "completed"


async def test_of_a_simultaneous_cancel_and_result_one_wins(mill: Pipeline) -> None:
    ids = [await mill.submit(f"prompt {n}") for n in range(50)]
    won = [bool((await mill.cancel(id_)).ids) for id_ in ids]
    records = await mill.finished(*ids)
    assert [record.status == "cancelled" for record in records] == won
    for record in records:
        texts = [part.text for part in record.parts if part.text]
        assert bool(texts) == (record.status == "completed")
    await mill.quiet()
    assert mill.services.admission["text"] == 0


async def test_a_request_not_begun_in_time_expires(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    held = [await mill.submit(f"held {n}") for n in range(2)]
    await wait_until(lambda: text.at_work == 2, "both workers are at work")
    late = await mill.submit("late", start_by=60)
    await mill.pass_deadlines(start_by=late)
    [record] = await mill.finished(late)
    assert (record.status, record.error) == (
        "expired", "It was not begun by the time that was set for it.",
    )  # fmt: skip
    gate.open.set()
    await mill.finished(*held)
    await mill.quiet()
    assert "late" not in text.prompts


async def test_a_request_begun_in_time_may_take_longer(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    id_ = await mill.submit("in time", start_by=60)
    await wait_until(lambda: mill.record(id_).status == "generating", "it is known to have begun")
    await mill.pass_deadlines(start_by=id_)
    other = await mill.submit("other", finish_by=60)
    await mill.pass_deadlines(finish_by=other)
    await mill.finished(other)
    assert mill.record(id_).status == "generating"
    gate.open.set()
    [record] = await mill.finished(id_)
    assert record.status == "completed"


async def test_a_request_not_finished_in_time_is_interrupted(
    mill: Pipeline, text: Scripted
) -> None:
    text.behaviour = Gate()
    slow = await mill.submit_and_start(text, "slow", finish_by=60)
    await mill.pass_deadlines(finish_by=slow)
    [record] = await mill.finished(slow)
    assert record.status == "expired"
    await wait_until(lambda: text.at_work == 0, "the worker is free")


async def test_a_dead_letter_has_every_attempt(mill: Pipeline, text: Scripted) -> None:
    text.behaviour = fail
    id_ = await mill.submit("a fox")
    await mill.finished(id_)
    [letter] = await mill.services.stores.dead_letters.page(None, "g", 10)
    assert (letter.id, letter.prompt, letter.error) == (id_, "a fox", "text: The model is busy.")
    assert [failure.attempt for failure in letter.history] == [1, 2, 3]
    assert {failure.reason for failure in letter.history} == {"The model is busy."}


async def test_a_redriven_dead_letter_gets_all_its_attempts_again(
    mill: Pipeline, text: Scripted
) -> None:
    text.behaviour = fail
    id_ = await mill.submit("a fox", "instagram")
    await mill.finished(id_)
    before = len(text.jobs)

    async def fail_twice(job: Job) -> Any:
        return await (fail if len(text.jobs) <= before + 2 else write_at_once)(job)

    text.behaviour = fail_twice
    assert await mill.redrive(id_) == ("text",)
    await wait_until(lambda: mill.record(id_).status == "completed", "it is completed after all")
    assert len(text.jobs) == before + 3
    assert await mill.services.stores.dead_letters.page(None, "g", 10) == []
    await mill.quiet()
    assert mill.services.admission["text"] == mill.services.admission["image"] == 0


async def test_simultaneous_cancels_release_the_places_once(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {n}") for n in range(5)]
    ended = await asyncio.gather(*(mill.cancel(ids[4]) for _ in range(5)))
    assert sorted(len(outcome.ids) for outcome in ended) == [0, 0, 0, 0, 1]
    assert mill.services.admission["text"] == 4
    gate.open.set()
    await mill.finished(*ids)
    await mill.quiet()  # the last one is final a moment before its place is released
    assert mill.services.admission["text"] == 0


async def test_a_redrive_changes_no_other_request(mill: Pipeline, text: Scripted) -> None:
    async def known(id_: str) -> object:
        tables = {"requests": "id", "parts": "request_id", "events": "request_id"}
        return [
            await mill.database.all(f"SELECT * FROM {table} WHERE {key} = ?1", id_)
            for table, key in tables.items()
        ]

    text.behaviour = fail
    ids = [await mill.submit(f"prompt {n}") for n in range(3)]
    await mill.finished(*ids)
    await mill.quiet()
    before = [await known(id_) for id_ in ids]
    text.behaviour = write_at_once
    await mill.redrive(ids[1])
    [record] = await mill.finished(ids[1])
    await mill.quiet()
    assert record.status == "completed"
    after = [await known(id_) for id_ in ids]
    assert after[::2] == before[::2]


async def test_simultaneous_redrives_redrive_once(mill: Pipeline, text: Scripted) -> None:
    text.behaviour = fail
    id_ = await mill.submit("a fox")
    await mill.finished(id_)
    redrive = mill.services.stores.dead_letters.redrive
    redriven = await asyncio.gather(*(redrive([id_]) for _ in range(4)))
    assert sorted(map(len, redriven)) == [0, 0, 0, 1]


async def test_a_failure_from_before_a_redrive_does_not_count_after_it(
    mill: Pipeline, text: Scripted
) -> None:
    text.behaviour = fail
    id_ = await mill.submit("a fox")
    await mill.finished(id_)
    gate = text.behaviour = Gate()
    await mill.redrive(id_)
    await wait_until(lambda: text.at_work == 1, "it is at work again")
    old = Failed(id_, "text", 3, Origin("g", "w", 0.0, 0.0), "old", retryable=False)
    await mill.streams.add([old])
    await wait_until_empty(mill, "content:results")
    assert mill.record(id_).status == "generating"
    gate.open.set()
    [record] = await mill.finished(id_)
    assert (record.status, record.parts[0].attempts) == ("completed", 4)


async def wait_until_empty(mill: Pipeline, stream: str) -> None:
    """Wait until everything on a stream has been handled."""

    async def empty() -> bool:
        return not (await mill.streams.lengths())[stream]

    await eventually(empty, f"{stream} is empty")


async def test_a_redriven_request_has_no_deadline_any_more(mill: Pipeline, text: Scripted) -> None:
    text.behaviour = fail
    id_ = await mill.submit("a fox", finish_by=60)
    await mill.finished(id_)
    assert mill.record(id_).status == "failed"
    text.behaviour = write_at_once
    await mill.pass_deadlines(finish_by=id_)
    await mill.redrive(id_)
    [record] = await mill.finished(id_)
    assert record.status == "completed"


async def test_a_late_expiry_keeps_the_retry(mill: Pipeline, text: Scripted) -> None:
    async def busy(_: Job) -> Written:
        raise GenerationFailed("The model is busy.", retryable=True, retry_after=0.3)

    text.behaviour = busy
    id_ = await mill.submit("a fox", start_by=60)
    await wait_until(lambda: mill.record(id_).parts != (), "it has failed once")
    text.behaviour = write_at_once
    row = (id_, "expired", "too late", time.time() + 61)
    await mill.database.write(
        Write("end", request_cancellation.END_ROWS, request_cancellation.END), [row]
    )
    [record] = await mill.finished(id_)
    assert record.status == "completed"


async def test_a_result_that_cannot_be_stored_fails_for_good(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Requests.settle

    async def refuse_texts(
        self: Requests, results: Any, retry_at: Any, *, exact: bool = False
    ) -> Any:
        if any(getattr(result, "text", None) == "about poison" for result in results):
            raise RowsRejected("not this one")
        return await settle(self, results, retry_at, exact=exact)

    monkeypatch.setattr(Requests, "settle", refuse_texts)
    bad, good = await mill.submit("poison"), await mill.submit("a fox")
    records = await mill.finished(bad, good)
    assert [record.status for record in records] == ["failed", "completed"]
    assert records[0].error == "text: The result could not be stored."
    await mill.quiet()
    assert mill.services.admission["text"] == 0


async def test_a_short_database_outage_stops_no_pool(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    failed: list[str] = []

    async def away(_: Requests, id_: str, *__: object) -> bool:
        failed.append(id_)
        raise DatabaseUnavailable("disk I/O error")

    def nothing(*_: object) -> set[object]:
        return set()

    monkeypatch.setattr(Requests, "untouched", nothing)  # so that all are read
    monkeypatch.setattr(Requests, "still_wanted", away)
    monkeypatch.setattr(Requests, "is_unfinished", away)
    id_ = await mill.submit("a fox")
    await wait_until(lambda: len(failed) >= 2, "both reads have failed")
    gate.open.set()
    await mill.finished(id_)


async def test_direct_calls_are_bounded_and_cancelled_ones_are_dropped(
    mill: Pipeline, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    wanted = TextWanted("direct", "a direct call", 1)
    waiting = [
        asyncio.ensure_future(mill.services.generate["text"](wanted))
        for _ in range(direct_calls.MAX_WAITING_CALLS + 2)
    ]
    await wait_until(lambda: text.at_work == 2, "both workers are at work")
    refused = await mill.services.generate["text"](wanted)
    assert isinstance(refused, Failed)
    assert refused.retryable
    for call in waiting[2:]:
        call.cancel()
    gate.open.set()
    await asyncio.gather(*waiting, return_exceptions=True)
    await mill.finished(await mill.submit("after"))
    assert text.prompts.count("a direct call") == 2


async def test_a_failing_generator_pauses_the_pool_instead_of_burning_attempts(
    mill: Pipeline, text: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circuit_breaker, "PAUSE_SECONDS", (0.3, 0.3))
    text.behaviour = fail
    ids = [await mill.submit(f"prompt {n}") for n in range(40)]
    await wait_until(
        lambda: len(text.jobs) >= circuit_breaker.TRIP_FAILURES, "the breaker has opened"
    )
    begun = len(text.jobs)
    assert begun <= circuit_breaker.TRIP_FAILURES + 2
    text.behaviour = write_at_once
    records = await mill.finished(*ids)
    assert {record.status for record in records} == {"completed"}
    await mill.quiet()


async def test_an_attempt_that_has_ended_is_not_begun_again(
    tmp_path: Path, redis_url: str, text: Scripted
) -> None:
    text.behaviour = fail
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(draw), "text.backoff=600"
    ) as mill:
        id_ = await mill.submit("a fox")
        await wait_until(lambda: mill.record(id_).parts, "it has failed")
        again = TextWanted(id_, "a fox", 7)
        await mill.streams.add([again, TextWanted(new_id(), "unknown", 7)])
        await mill.quiet()
    assert text.prompts == ["a fox"]


async def test_finished_requests_and_their_pictures_are_removed_in_time(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.store.media.claims.LINGER_SECONDS", 0.0)
    gone = await mill.finished(await mill.submit("gone", "image"))
    published = await mill.submit("kept", "image", user="ann", publish=True)
    await mill.finished(published)
    await mill.quiet()
    other = await mill.submit("other", "image", start_by=60)
    await mill.finished(other)
    await mill.quiet()
    # the claims have ended: from now on it is how long a removal may take, twice
    monkeypatch.setattr("service.store.media.claims.LINGER_SECONDS", 2 * HANGS_SECONDS)
    retention = mill.services.stores.retention
    removed = 0
    async with asyncio.timeout(HANGS_SECONDS):
        while removed < 3:
            removed += await retention.purge(0.0)
    assert await mill.services.stores.requests.view(gone[0].request.id) is None
    assert (await mill.services.stores.feeds.read_posts("ann", -1)).bodies
    [[uri]] = await mill.database.all("SELECT image_uri FROM posts")

    async def left() -> bool:
        await retention.purge(0.0)
        files = [path.name for path in mill.media_folder.glob("??/*.png")]
        return files == [uri.split("/")[2] + ".png"]

    await eventually(left, "the other pictures are removed")


async def test_an_unfinished_request_is_never_removed(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    id_ = await mill.submit("long")
    await wait_until(lambda: text.at_work == 1, "it is at work")
    assert await mill.services.stores.retention.purge(0.0) == 0
    gate.open.set()
    await mill.finished(id_)
