"""The promises of the whole pipeline: order, bounds, retries, and exactly one effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from service.actors.events.recorder import EventRecorder
from service.actors.workers.executor import Executor
from service.generators.protocol import Drawn, GenerationFailed, Job, Written
from service.messages import RESULTS, TEXT, WANTED, Failed, Generated, Origin, TextWanted
from service.request_ids import new_id
from service.store.errors import DatabaseUnavailable, RowsRejected
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import Streams, add
from service.store.sql.requests.requests import Requests
from service.stream_groups import GROUPS
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.waiting import eventually, wait_until

PNG = picture()


async def draw(job: Job) -> Drawn:
    return Drawn(PNG, "image/png", 8, 8, "scripted", missing=(job.prompt,))


@pytest.fixture
def text() -> Scripted:
    return Scripted()


@pytest.fixture
def image() -> Scripted:
    return Scripted(draw)


@pytest.fixture
async def mill(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> AsyncIterator[Pipeline]:
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=3") as mill:
        yield mill


async def test_a_prompt_becomes_a_text_with_its_origin(mill: Pipeline) -> None:
    id_ = await mill.submit("a fox")
    [record] = await mill.finished(id_)
    [part] = record.parts
    assert (record.status, part.text, part.image_uri) == ("completed", "about a fox", None)
    assert part.origin is not None
    assert part.origin["model"] == "scripted"
    assert part.origin["seed"] == 7
    assert part.origin["worker"].startswith("here.text-")


async def test_both_parts_of_instagram_are_generated_concurrently(
    mill: Pipeline, text: Scripted, image: Scripted
) -> None:
    text.behaviour, image.behaviour = gates = Gate(), Gate()
    id_ = await mill.submit("a fox", "instagram")
    await wait_until(lambda: text.at_work and image.at_work, "both parts are at work")
    assert all(job.instagram for job in (*text.jobs, *image.jobs))
    gates[0].open.set()
    await wait_until(lambda: any(part.text for part in mill.record(id_).parts), "the text is there")
    view = await mill.services.stores.requests.view(id_)
    assert view == ("generating", None, "about a fox", None)
    image.behaviour = draw
    gates[1].open.set()
    await wait_until(lambda: mill.record(id_).status != "generating", "the picture is there")


async def test_parts_that_end_together_are_stored_together(
    mill: Pipeline,
    redis: RedisConnection,
    text: Scripted,
    image: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text.behaviour = image.behaviour = Gate()
    stored: list[int] = []
    settle = Requests.settle

    async def counted(requests: Requests, results: Any, due: Any, **more: Any) -> Any:
        stored.append(len(results))
        return await settle(requests, results, due, **more)

    monkeypatch.setattr(Requests, "settle", counted)
    id_ = await mill.submit("a fox", "instagram")
    await wait_until(lambda: text.at_work and image.at_work, "both parts are at work")
    origin = Origin("scripted", "w", 0.0, 0.0)
    ends = Generated(id_, "text", 1, origin, "a text"), Generated(id_, "image", 1, origin, "", "/m")
    # each is read as soon as it is there
    await redis.call(*map(add, ends))
    await mill.finished(id_)
    assert stored == [2]


async def test_a_picture_is_stored_with_the_words_missing_in_it(mill: Pipeline) -> None:
    [record] = await mill.finished(await mill.submit("A fox!", "image"))
    [part] = record.parts
    assert part.image_uri is not None
    assert part.image_uri.startswith("/media/")
    assert part.image_uri.endswith("/a-fox.png")
    digest = part.image_uri.split("/")[2]
    path = await mill.services.stores.media.file(digest, "png")
    assert path is not None
    assert path.read_bytes() == PNG
    assert part.origin is not None
    assert part.origin["missing"] == ["A fox!"]


async def test_first_come_first_served(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> None:
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=1") as mill:
        ids = [await mill.submit(f"prompt {number}") for number in range(100)]
        await mill.finished(*ids)
    assert text.prompts == [f"prompt {number}" for number in range(100)]


async def test_messages_that_a_worker_takes_in_a_row_are_done_once_and_in_order(
    tmp_path: Path,
    redis_url: str,
    text: Scripted,
    image: Scripted,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "service.actors.workers.executor.INSTANT_SECONDS", 60.0
    )  # however slow this machine is
    first, rest = Gate(), Gate()

    async def quick_in_between(job: Job) -> Written:
        number = int(job.prompt)
        behaviour = first if number == 0 else write_at_once if number < 20 else rest
        return await behaviour(job)

    text.behaviour = quick_in_between
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=1") as mill:
        ids = [await mill.submit(str(number)) for number in range(60)]

        async def all_are_there() -> bool:
            return (await mill.streams.overview())[TEXT].length == len(ids)

        await eventually(all_are_there, "all are on the stream")
        first.open.set()
        await wait_until(lambda: len(text.jobs) == 21, "one is slow again")
        assert (await mill.streams.overview())[TEXT].consumers["here.text-1"].pending > 1
        assert text.at_work == 1
        await mill.finished(*ids[:20])
        rest.open.set()
    async with running_pipeline(tmp_path, redis_url, text, image, "text.workers=3") as mill:
        await mill.finished(*ids)
        await mill.quiet()
    began = [int(prompt) for prompt in text.prompts]
    assert sorted(began) == list(range(60))
    assert all(abs(place - number) < 3 for place, number in enumerate(began))


@pytest.mark.parametrize("workers", [2, 3, 8])
async def test_with_several_workers_requests_are_begun_in_order(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted, workers: int
) -> None:
    settings = f"text.workers={workers}"
    async with running_pipeline(tmp_path, redis_url, text, image, settings) as mill:
        ids = []
        for number in range(300):  # one by one, and in bursts that are there at once
            ids.append(await mill.submit(str(number)))
            if number % 25 == 0:
                await mill.finished(*ids)
        await mill.finished(*ids)
    assert text.prompts == [str(number) for number in range(300)]


async def test_no_more_generations_run_than_there_are_workers(
    mill: Pipeline, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {number}") for number in range(20)]
    await wait_until(lambda: text.at_work == 3, "all workers are at work")
    call = asyncio.ensure_future(mill.services.generate["text"](TextWanted("call", "a call", 1)))
    gate.open.set()
    outcome = await call
    assert isinstance(outcome, Generated)
    await mill.finished(*ids)
    assert text.most_at_work == 3


async def test_a_direct_call_goes_ahead_of_the_queue(mill: Pipeline, text: Scripted) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {number}") for number in range(20)]
    await wait_until(lambda: text.at_work == 3, "all workers are at work")
    call = asyncio.ensure_future(mill.services.generate["text"](TextWanted("call", "a call", 1)))
    await asyncio.sleep(0)
    gate.open.set()
    await call
    await mill.finished(*ids)
    assert text.prompts.index("a call") <= 6


async def test_a_direct_call_whose_client_leaves_is_interrupted(
    mill: Pipeline, text: Scripted
) -> None:
    text.behaviour = Gate()
    call = asyncio.ensure_future(mill.services.generate["text"](TextWanted("call", "a call", 1)))
    await wait_until(lambda: text.at_work == 1, "the call is at work")
    call.cancel()
    await wait_until(lambda: text.at_work == 0, "the call is interrupted")
    text.behaviour = write_at_once
    await mill.finished(await mill.submit("after"))


async def test_a_retryable_failure_is_retried(mill: Pipeline, text: Scripted) -> None:
    async def fail_once(job: Job) -> Written:
        if len(text.jobs) == 1:
            raise GenerationFailed("The model is busy.", retryable=True)
        return await write_at_once(job)

    text.behaviour = fail_once
    [record] = await mill.finished(await mill.submit("a fox"))
    assert (record.status, record.parts[0].attempts) == ("completed", 2)


async def test_after_the_last_attempt_the_request_has_failed(
    mill: Pipeline, text: Scripted
) -> None:
    async def fail(_: Job) -> Written:
        raise GenerationFailed("The model is busy.", retryable=True)

    text.behaviour = fail
    [record] = await mill.finished(await mill.submit("a fox"))
    assert (record.status, record.error) == ("failed", "text: The model is busy.")
    assert len(text.jobs) == 3


async def test_a_failure_that_is_not_retryable_is_final(mill: Pipeline, text: Scripted) -> None:
    async def refuse(_: Job) -> Written:
        raise GenerationFailed("The prompt is not allowed.", retryable=False)

    text.behaviour = refuse
    [record] = await mill.finished(await mill.submit("a fox"))
    assert (record.status, len(text.jobs)) == ("failed", 1)


async def test_the_other_part_stays_readable_when_one_fails(mill: Pipeline, text: Scripted) -> None:
    async def refuse(_: Job) -> Written:
        raise GenerationFailed("The prompt is not allowed.", retryable=False)

    text.behaviour = refuse
    [record] = await mill.finished(await mill.submit("a fox", "instagram"))
    view = await mill.services.stores.requests.view(record.request.id)
    assert view is not None
    status, error, made_text, image_uri = view
    assert (status, error, made_text) == ("failed", "text: The prompt is not allowed.", None)
    assert image_uri is not None


async def test_a_generator_that_crashes_fails_its_own_job_only(
    mill: Pipeline, text: Scripted
) -> None:
    async def crash_on_bad(job: Job) -> Written:
        if job.prompt == "bad":
            raise RuntimeError("secret path /etc")
        return await write_at_once(job)

    text.behaviour = crash_on_bad
    bad, good = await mill.submit("bad"), await mill.submit("good")
    failed, completed = await mill.finished(bad, good)
    assert (failed.status, completed.status) == ("failed", "completed")
    assert failed.error == "text: The generator failed unexpectedly."


async def test_a_generator_that_hangs_is_timed_out(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> None:
    text.behaviour = Gate()
    settings = ("text.timeout=0.05", "text.attempts=1")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        [record] = await mill.finished(await mill.submit("a fox"))
    assert record.error == "text: The generator did not finish within 0.05 seconds."


async def test_an_attempt_that_takes_too_long_is_retried(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> None:
    async def first_too_long(job: Job) -> Written:
        if len(text.jobs) == 1:
            await asyncio.Event().wait()
        return await write_at_once(job)

    text.behaviour = first_too_long
    settings = ("text.timeout=0.05", "text.attempts=2", "text.backoff=0.01")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        [record] = await mill.finished(await mill.submit("a fox"))
    assert (record.status, record.parts[0].attempts) == ("completed", 2)


async def test_direct_calls_have_the_same_time_limit(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> None:
    text.behaviour = Gate()
    settings = ("text.timeout=0.05",)
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        outcome = await mill.services.generate["text"](WANTED["text"](new_id(), "a fox", 1))
    assert isinstance(outcome, Failed)
    assert outcome.reason == "The generator did not finish within 0.05 seconds."


async def test_after_a_drain_every_stream_is_empty(mill: Pipeline) -> None:
    ids = [await mill.submit(f"prompt {n}", "instagram") for n in range(50)]
    await mill.finished(*ids)
    await mill.quiet()
    assert (await mill.streams.overview()).keys() == GROUPS.keys()


async def test_every_worker_is_a_separate_consumer(
    tmp_path: Path, redis_url: str, text: Scripted, image: Scripted
) -> None:
    settings = ("text.workers=3", "image.workers=2")
    async with running_pipeline(tmp_path, redis_url, text, image, *settings) as mill:
        overview = await mill.streams.overview()
    assert sorted(overview["content:text"].consumers) == [f"here.text-{n}" for n in (1, 2, 3)]
    assert sorted(overview["content:image"].consumers) == ["here.image-1", "here.image-2"]


async def test_every_busy_worker_has_one_pending_message(mill: Pipeline, text: Scripted) -> None:
    for busy in (1, 2, 3):
        gate = text.behaviour = Gate()
        ids = [await mill.submit(f"prompt {number}") for number in range(busy)]

        def as_many(busy: int = busy) -> bool:
            return text.at_work == busy

        await wait_until(as_many, "so many are at work")
        consumers = (await mill.streams.overview())[TEXT].consumers
        pending = sorted(consumer.pending for consumer in consumers.values())
        assert pending == sorted([1] * busy + [0] * (3 - busy))
        gate.open.set()
        await mill.finished(*ids)
        await mill.quiet()


async def test_a_result_that_comes_twice_counts_once(mill: Pipeline, streams: Streams) -> None:
    id_ = await mill.submit("a fox")
    await mill.finished(id_)
    late = Generated(id_, "text", 1, Origin("late", "w", 0.0, 0.0), "something else")
    await streams.add([late, late])
    await mill.quiet()
    assert mill.record(id_).parts[0].text == "about a fox"


async def test_a_message_that_comes_twice_at_once_is_begun_once(
    mill: Pipeline, streams: Streams, text: Scripted
) -> None:
    gate = text.behaviour = Gate()
    id_ = await mill.submit("twins")
    await wait_until(lambda: text.at_work == 1, "the first is at work")
    await streams.add([TextWanted(id_, "twins", 7)] * 2)
    other = await mill.submit("another")
    await wait_until(lambda: text.at_work == 2, "the duplicates were skipped")
    gate.open.set()
    await mill.finished(id_, other)
    await mill.quiet()
    assert sorted(text.prompts) == ["another", "twins"]


@pytest.mark.parametrize("stream", list(GROUPS))
async def test_an_unreadable_entry_stops_no_stream(
    mill: Pipeline, redis: RedisConnection, stream: str
) -> None:
    await redis.call(
        ("XADD", stream, "*", "m", b"\xff not json"),
        ("XADD", stream, "*", "other", "field"),
        ("XADD", stream, "*", "m", '{"type":"no-such-type","id":"1"}'),
    )
    await mill.finished(await mill.submit("a fox", "instagram"))
    await mill.quiet()


async def test_a_message_on_the_wrong_stream_is_parked(
    mill: Pipeline, redis: RedisConnection
) -> None:
    wrong = add(Generated("x", "text", 1, Origin("g", "w", 0.0, 0.0), "t"))
    await redis.one("XADD", TEXT, *wrong[2:])
    await redis.one("XADD", RESULTS, *add(TextWanted("x", "p", 1))[2:])
    await mill.finished(await mill.submit("a fox"))
    await mill.quiet()


async def test_a_published_request_is_in_the_feed_once(mill: Pipeline) -> None:
    ids = [await mill.submit(f"p{n}", "instagram", user="ann", publish=True) for n in range(5)]
    await mill.finished(*ids)
    await mill.quiet()
    posts = (await mill.services.stores.feeds.read_posts("ann", -1)).bodies
    assert len(posts) == 5
    assert mill.services.admission["text"] == mill.services.admission["image"] == 0


async def test_an_end_that_could_not_be_recorded_at_once_is_recorded_later(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = EventRecorder.record
    refused: list[Any] = []

    async def away_once(recorder: EventRecorder, *arguments: Any) -> None:
        if not refused:
            refused.append(arguments)
            raise DatabaseUnavailable("The disk is full.")
        await record(recorder, *arguments)

    monkeypatch.setattr(EventRecorder, "record", away_once)
    await mill.finished(await mill.submit("a fox", user="ann", publish=True))

    async def read() -> Sequence[bytes]:
        return (await mill.services.stores.feeds.read_posts("ann", -1)).bodies

    await eventually(read, "it is in the feed")
    assert refused


async def test_a_result_that_cannot_be_stored_is_announced_as_a_failure(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = Requests.settle

    async def refuse(requests: Requests, results: Any, due: Any) -> Any:
        if any(isinstance(result, Generated) for result in results):
            raise RowsRejected("no")
        return await settle(requests, results, due)

    monkeypatch.setattr(Requests, "settle", refuse)
    id_ = await mill.submit("a fox", webhook="http://127.0.0.1:1/")
    [record] = await mill.finished(id_)
    assert record.status == "failed"
    history = mill.services.stores.delivery_history
    await eventually(lambda: history.of_request(id_), "its webhook is queued")


async def test_a_worker_interrupted_before_its_first_step_is_free_again(
    mill: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assign_work = Executor.assign_work
    begun: list[str] = []

    def assign_and_interrupt(executor: Executor) -> None:
        assign_work(executor)
        if not begun:
            workers = executor.workers.values()
            begun.extend(worker.batch[0].message.id for worker in workers if worker.batch)
            for id_ in begun:
                executor.interrupt(id_)

    monkeypatch.setattr(Executor, "assign_work", assign_and_interrupt)
    await mill.submit("a fox")
    await wait_until(lambda: begun, "it was begun")
    await wait_until(lambda: mill.pool("text").busy == 0, "the worker is free")
