"""Abandoned messages: whatever other clients do in Redis, no request waits forever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

from service import clock
from service.actors import relay
from service.generators.protocol import Drawn, Job
from service.messages import (
    IMAGE,
    NOTICES,
    REQUESTS,
    RESULTS,
    TEXT,
    WEBHOOKS,
    Accepted,
    DeliveryDue,
    Finished,
    Generated,
    ImageWanted,
    Message,
    Origin,
    Tag,
    TextWanted,
    stream_of,
)
from service.request_ids import new_id
from service.store.redis.connection import RedisConnection
from service.store.redis.streams import add, entries, read_new
from service.store.sql.requests.request_records import Request
from service.stream_groups import GROUPS
from tests.support.pictures import picture
from tests.support.pipelines import Gate, Pipeline, Scripted, running_pipeline
from tests.support.running import running_service, spawn
from tests.support.waiting import eventually, wait_until

STRANGER = "stranger"


async def draw(_: Job) -> Drawn:
    return Drawn(picture(), "image/png", 8, 8, "scripted")


@pytest.fixture
def text() -> Scripted:
    return Scripted()


@pytest.fixture
async def mill(
    tmp_path: Path, redis_url: str, text: Scripted, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pipeline]:
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.1)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1.0)  # on a slow machine a check takes long
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(draw), "text.workers=2"
    ) as mill:
        yield mill


async def take_away(redis: RedisConnection, *messages: Message) -> None:
    """Put messages on their stream; another client reads and acknowledges them."""
    stream, count = messages[0].stream, len(messages)
    read = read_new(stream, STRANGER, count=count)
    replies = await redis.call(("MULTI",), *map(add, messages), read, ("EXEC",))
    ids = [item.entry for item in entries(replies[-1][-1])]
    assert len(ids) == count
    await redis.one("XACK", stream, GROUPS[stream], *ids)


TAKEN: dict[str, tuple[Tag, Callable[[str], Message]]] = {
    REQUESTS: ("text", lambda id_: Accepted(id_, "text", "a fox", 7, ("text",))),
    TEXT: ("text", lambda id_: TextWanted(id_, "a fox", 7)),
    stream_of(TEXT, "high"): ("text", lambda id_: TextWanted(id_, "a fox", 7, priority="high")),
    IMAGE: ("image", lambda id_: ImageWanted(id_, "a fox", 7)),
    stream_of(IMAGE, "low"): ("image", lambda id_: ImageWanted(id_, "a fox", 7, priority="low")),
    RESULTS: (
        "text",
        lambda id_: Generated(id_, "text", 1, Origin("g", "w", 1.0, 0.5), "a text", sole=True),
    ),
    NOTICES: ("text", Finished),
    WEBHOOKS: ("text", lambda id_: DeliveryDue(id_, "https://receiver.example/")),
}


@pytest.mark.parametrize("stream", TAKEN)
async def test_messages_that_another_client_acknowledged_are_sent_again(
    mill: Pipeline, redis: RedisConnection, stream: str
) -> None:
    tag, message = TAKEN[stream]
    request = Request(new_id(), tag, "a fox", 7, clock.now(), {})
    await mill.services.stores.requests.accept(request)
    await take_away(redis, message(request.id))
    await mill.finished(request.id)
    await mill.quiet()


async def test_messages_that_were_trimmed_are_sent_again(
    mill: Pipeline, text: Scripted, redis: RedisConnection
) -> None:
    gate = text.behaviour = Gate()
    ids = [await mill.submit(f"prompt {n}") for n in range(6)]
    await wait_until(lambda: text.at_work == 2, "all workers are at work")

    async def all_wait() -> bool:
        return bool(await redis.one("XLEN", TEXT) == 6)

    await eventually(all_wait, "the others wait on the stream")
    await redis.one("XTRIM", TEXT, "MAXLEN", 0)
    gate.open.set()
    await mill.finished(*ids)
    await mill.quiet()
    assert sorted(text.prompts) == [f"prompt {n}" for n in range(6)]


async def test_a_worker_keeps_its_message_when_its_consumer_is_deleted(
    tmp_path: Path, redis_url: str, redis: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(relay, "RECHECK_SECONDS", 0.05)
    monkeypatch.setattr(relay, "RECHECK_PAUSE_FACTOR", 1.0)  # on a slow machine a check takes long
    text = Scripted(gate := Gate())
    async with running_pipeline(
        tmp_path, redis_url, text, Scripted(), "text.workers=1", "service.lease=1"
    ) as mill:
        id_ = await mill.submit_and_start(text, "held")
        await redis.one("XGROUP", "DELCONSUMER", TEXT, GROUPS[TEXT], "here.text-1")

        async def pending() -> bool:
            return bool((await redis.one("XPENDING", TEXT, GROUPS[TEXT]))[0])

        await eventually(pending, "it is pending again")
        gate.open.set()
        await mill.finished(id_)
        await mill.quiet()
    assert text.prompts == ["held"]


async def test_messages_of_a_killed_process_are_done_even_if_its_consumers_are_deleted(
    tmp_path: Path, redis_url: str, redis: RedisConnection
) -> None:
    settings = (
        f"redis.url={redis_url}",
        "text.generator=simulated",
        "image.generator=simulated",
        "text.simulated.delay=0.5",
        "text.workers=2",
        "service.lease=3",
        "service.node=here",
    )
    service = await spawn(tmp_path, *settings)
    url = (await service.logged("ready"))["url"]
    async with ClientSession(url) as http:
        ids = []
        for n in range(6):
            parameters = {"prompt": f"prompt {n}", "tag": "text"}
            async with http.post("/content", data=parameters) as answer:
                ids.append((await answer.json())["RequestId"])

    async def in_hand() -> bool:
        return bool((await redis.one("XPENDING", TEXT, GROUPS[TEXT]))[0] == 2)

    await eventually(in_hand, "two are in hand")
    await service.kill()
    for number in (1, 2):
        await redis.one("XGROUP", "DELCONSUMER", TEXT, GROUPS[TEXT], f"here.text-{number}")
    async with running_service(tmp_path, *settings) as again, ClientSession(again.url) as http:

        async def all_done() -> bool:
            statuses = []
            for id_ in ids:
                async with http.get(f"/content/{id_}") as answer:
                    statuses.append((await answer.json())["status"])
            return statuses == ["completed"] * 6

        await eventually(all_done, "all are completed")
