"""Webhooks: every end is delivered, signed and in order; a slow receiver delays no other one."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from standardwebhooks import Webhook

from service.actors import actor
from service.actors.webhooks import deliverer, room
from service.actors.webhooks.http_sender import ReceiverAnswer
from service.actors.webhooks.retries import outcome_of
from service.generators.protocol import GenerationFailed, Job, Written
from service.http.openapi.webhook_schema import WebhookEvent
from service.messages import DeliveryDue
from service.store.errors import DatabaseUnavailable
from service.store.redis.connection import RedisConnection
from service.store.sql.statements import Write
from service.store.sql.webhooks.deliveries import ClaimedDelivery, Deliveries
from service.store.sql.webhooks.delivery_history import WebhookDelivery
from tests.support.outside import Outside, outside, unused_url
from tests.support.pipelines import KEY, Gate, Pipeline, Scripted, running_pipeline, write_at_once
from tests.support.receivers import Held, Receiver, bodies_to, requests_to, status
from tests.support.waiting import eventually, wait_until

LOCAL = 'webhooks.allow=["127.0.0.0/8"]'
SOON = "webhooks.schedule=[0.02, 0.04, 0.06, 0.08]"
LOOPBACK = (
    "Leads to a loopback address, which webhooks may not reach unless [webhooks] allow lists it."
)
LATE = "webhooks.schedule=[0.02, 0.02, 3600, 3600]"


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def world(receiver: Receiver) -> AsyncIterator[Outside]:
    async with outside(receiver) as world:
        yield world


@pytest.fixture
def text() -> Scripted:
    return Scripted()


@pytest.fixture
async def mill(tmp_path: Path, redis_url: str, text: Scripted) -> AsyncIterator[Pipeline]:
    async with running_pipeline(tmp_path, redis_url, text, Scripted(), LOCAL, SOON) as mill:
        yield mill


async def delivery(mill: Pipeline, id_: str, state: str) -> WebhookDelivery:
    """The latest delivery of a request, once it is in this state."""

    async def latest() -> WebhookDelivery | None:
        deliveries = await mill.services.stores.delivery_history.of_request(id_)
        return deliveries[-1] if deliveries and deliveries[-1].status == state else None

    return await eventually(latest, f"the delivery is {state}")


async def redeliver(mill: Pipeline, delivery: WebhookDelivery) -> bool:
    """Redeliver as the API does."""
    due = await mill.services.stores.deliveries.redeliver(delivery.request_id, delivery.event)
    if due is not None:
        mill.services.relay.deliver(due)
    return due is not None


async def waiting(mill: Pipeline, count: int) -> bool:
    """Whether so many URLs wait for room."""
    sql = "SELECT count(*) FROM endpoints WHERE ready_at IS NOT NULL"
    return await mill.database.all(sql) == [(count,)]


async def test_an_end_is_delivered_and_signed_after_standard_webhooks(
    mill: Pipeline, world: Outside
) -> None:
    id_ = await mill.submit("a fox", webhook=f"{world.url}/hook?who=me")
    record = await delivery(mill, id_, "delivered")
    [request] = world.requests
    secret = "whsec_" + base64.b64encode(KEY).decode()
    body = Webhook(secret).verify(request.body, dict(request.headers))
    assert (
        msgspec.convert(body, WebhookEvent).type == "content.completed"
    )  # as the API document says
    assert body["data"]["id"] == id_
    assert body["data"]["text"] == "about a fox"
    assert body["event_id"] == str(record.event)
    assert request.headers["webhook-id"] == record.id
    assert "." not in record.id
    assert request.headers["Content-Type"] == "application/json"
    assert [attempt.code for attempt in record.attempts] == [200]
    assert mill.services.monitor.metrics.webhook_attempts == {"delivered": 1}
    await mill.quiet()


async def test_the_webhook_has_the_last_event_of_the_log(mill: Pipeline, world: Outside) -> None:
    id_ = await mill.submit("a fox", webhook=f"{world.url}/hook")
    await delivery(mill, id_, "delivered")
    log = await mill.services.stores.events.log(id_)
    assert log is not None
    [body] = bodies_to(world, "/hook")
    assert body["data"] == msgspec.json.decode(log.events[-1].data)
    assert (body["event_id"], body["type"]) == (str(log.events[-1].seq), "content.completed")


async def test_a_webhook_does_not_publish(mill: Pipeline, world: Outside) -> None:
    id_ = await mill.submit("a fox", user="ann", webhook=f"{world.url}/hook")
    await delivery(mill, id_, "delivered")
    assert not (await mill.services.stores.feeds.read_posts("ann", -1)).bodies


async def test_every_kind_of_end_is_delivered(
    mill: Pipeline, world: Outside, text: Scripted
) -> None:
    async def fail(_: Job) -> Written:
        raise GenerationFailed("No.", retryable=False)

    text.behaviour = fail
    failed = await mill.submit("a", webhook=f"{world.url}/failed")
    await mill.finished(failed)
    gate = text.behaviour = Gate()
    cancelled = await mill.submit("b", webhook=f"{world.url}/cancelled")
    await mill.cancel(cancelled)
    expired = await mill.submit("c", webhook=f"{world.url}/expired", finish_by=0.1)
    await mill.finished(expired)
    gate.open.set()
    for id_, end in ((failed, "failed"), (cancelled, "cancelled"), (expired, "expired")):
        await delivery(mill, id_, "delivered")
        [body] = bodies_to(world, f"/{end}")
        assert (body["type"], body["data"]["status"]) == (f"content.{end}", end)
    text.behaviour = write_at_once
    await mill.redrive(failed)
    await wait_until(lambda: len(requests_to(world, "/failed")) == 2, "its second end is delivered")
    first, second = requests_to(world, "/failed")
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert bodies_to(world, "/failed")[1]["type"] == "content.completed"


async def test_an_attempt_that_failed_is_repeated_with_the_same_id(
    mill: Pipeline, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/flaky"] = status(500, 302, 200, Location=f"{world.url}/elsewhere")
    id_ = await mill.submit("a fox", webhook=f"{world.url}/flaky")
    record = await delivery(mill, id_, "delivered")
    assert [attempt.code for attempt in record.attempts] == [500, 302, 200]
    assert record.attempts[0].reason == "Answered 500."
    assert record.attempts[2].reason is None
    assert {request.headers["webhook-id"] for request in requests_to(world, "/flaky")} == {
        record.id
    }
    assert len({request.body for request in requests_to(world, "/flaky")}) == 1
    assert not requests_to(world, "/elsewhere")
    await mill.quiet()


async def test_a_delivery_fails_after_its_last_attempt(mill: Pipeline) -> None:
    id_ = await mill.submit("a fox", webhook=unused_url())
    record = await delivery(mill, id_, "failed")
    assert [attempt.reason for attempt in record.attempts] == ["Could not be connected to."] * 5
    assert record.next_at is None
    await mill.quiet()


async def test_deliveries_to_a_url_are_made_in_the_order_of_the_ends(
    mill: Pipeline, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/hook"] = status(500, 500, 200)
    ids = []
    for n in range(20):
        ids.append(await mill.submit(f"p{n}", webhook=f"{world.url}/hook"))
        await mill.finished(ids[-1])
    await delivery(mill, ids[-1], "delivered")
    assert [body["data"]["id"] for body in bodies_to(world, "/hook")] == [ids[0], ids[0], *ids]


async def test_a_receiver_that_hangs_does_not_delay_other_receivers(
    mill: Pipeline, world: Outside, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_URLS_PER_SILENT_HOST", 32)
    held = [receiver.answers.setdefault(f"/held{n}", Held()) for n in range(10)]
    stuck = [await mill.submit("p", webhook=f"{world.url}/held{n}") for n in range(10)]
    behind = await mill.submit("p", webhook=f"{world.url}/held0")
    await wait_until(lambda: world.in_hand == 10, "all of them hang")
    other = await mill.submit("p", webhook=f"{world.url}/hook")
    await delivery(mill, other, "delivered")
    assert (await mill.services.stores.delivery_history.of_request(behind))[0].attempts == ()
    [first] = await mill.services.stores.delivery_history.of_request(stuck[0])
    assert first.in_hand
    assert not await redeliver(mill, first)
    await mill.quiet()  # a hanging delivery is on no stream
    for answer in held:
        assert isinstance(answer, Held)
        answer.go.set()
    await delivery(mill, behind, "delivered")


async def test_a_host_with_many_urls_leaves_room_for_other_hosts(
    mill: Pipeline, world: Outside, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_URLS_PER_HOST", 2)
    held = Held()
    ids = []
    for n in range(5):
        receiver.answers[f"/{n}"] = held
        ids.append(await mill.submit("p", webhook=f"{world.url}/{n}"))
    await mill.finished(*ids)
    await wait_until(lambda: world.in_hand == 2, "two attempts are running")
    async with outside(status(200)) as other:
        await delivery(mill, await mill.submit("p", webhook=other.url), "delivered")
    assert world.in_hand == 2
    held.go.set()
    for id_ in ids:
        await delivery(mill, id_, "delivered")


async def test_urls_that_wait_for_room_cost_nothing_and_do_not_delay_good_receivers(
    mill: Pipeline, world: Outside, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_URLS_PER_HOST", 2)
    claims: list[str] = []

    async def counted(self: Deliveries, urls: Sequence[str], *rest: Any) -> Any:
        claims.extend(urls)
        return await claim(self, urls, *rest)

    claim = Deliveries.claim
    monkeypatch.setattr(Deliveries, "claim", counted)
    held = Held()
    receiver.answers |= {f"/{n}": held for n in range(60)}
    ids = [await mill.submit("p", webhook=f"{world.url}/{n}") for n in range(60)]
    await mill.finished(*ids)
    await eventually(lambda: waiting(mill, 58), "the others wait for room")
    async with outside(status(200)) as other:
        for n in range(5):
            good = await mill.submit("p", webhook=f"{other.url}/{n}")
            await delivery(mill, good, "delivered")
    assert len(claims) == 2 + 5  # no claim was useless
    assert await waiting(mill, 58)
    held.go.set()
    for id_ in ids:
        await delivery(mill, id_, "delivered")
    assert len(claims) == len(set(claims)) == 60 + 5


@pytest.mark.parametrize("failing", ["claim", "ready_urls"])
async def test_a_failure_of_the_database_uses_up_no_room(
    mill: Pipeline, world: Outside, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(actor, "BACKOFF_SECONDS", (0.001, 0.002))
    monkeypatch.setattr(room, "MAX_URLS_PER_HOST", 1)
    works = getattr(Deliveries, failing)
    left = iter(range(5))

    def fails(self: Deliveries, *arguments: Any) -> Any:
        if next(left, None) is not None:
            raise DatabaseUnavailable("The disk is full.")
        return works(self, *arguments)

    monkeypatch.setattr(Deliveries, failing, fails)
    ids = [await mill.submit("p", webhook=f"{world.url}/{n}") for n in range(3)]
    for id_ in ids:
        await delivery(mill, id_, "delivered")


async def test_the_webhooks_of_one_client_leave_room_for_other_clients(
    mill: Pipeline, world: Outside, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_URLS_PER_CLIENT", 4)
    monkeypatch.setattr(room, "MAX_CONCURRENT_URLS", 8)
    monkeypatch.setattr(room, "STANDING_SHARES", (1.0, 1.0, 1.0))
    held = receiver.answers["/held"] = Held()
    receiver.answers |= {f"/held{n}": held for n in range(20)}
    stuck = [
        await mill.submit("p", webhook=f"{world.url}/held{n}", owner="greedy") for n in range(20)
    ]
    await mill.finished(*stuck)
    await eventually(lambda: waiting(mill, 16), "one client uses its whole share")
    good = await mill.submit("p", webhook=f"{world.url}/good", owner="modest")
    await delivery(mill, good, "delivered")
    held.go.set()


async def test_a_delivery_left_by_an_older_version_is_made(
    tmp_path: Path, redis_url: str, world: Outside
) -> None:
    older = Write(  # an older version leaves a delivery like this: only the message says it is due
        "older",
        "",
        (
            "UPDATE deliveries SET status = 'pending'",
            "UPDATE endpoints SET ready_at = NULL, due_at = NULL",
        ),
    )
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, SOON) as mill:
        url = f"{world.url}/hook"
        id_ = await mill.submit("p", webhook=url)
        await delivery(mill, id_, "delivered")
        await mill.database.write(older, [()])
        await mill.streams.add([DeliveryDue(id_, url)])
        await wait_until(lambda: len(world.requests) == 2, "it is made")
        await delivery(mill, id_, "delivered")
        await mill.database.write(older, [()])
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, SOON):
        await wait_until(lambda: len(world.requests) == 3, "a start makes it without the message")


async def test_more_urls_than_concurrent_attempts_take_turns(
    mill: Pipeline, world: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MAX_CONCURRENT_URLS", 2)
    ids = [await mill.submit("p", webhook=f"{world.url}/{n % 10}") for n in range(30)]
    for id_ in ids:
        await delivery(mill, id_, "delivered")
    assert len(world.requests) == 30
    await mill.quiet()


async def test_a_delivery_that_always_fails_delays_the_others_for_three_attempts(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver
) -> None:
    async def poisonous(request: web.BaseRequest) -> web.Response:
        return web.Response(status=500 if b"poison" in await request.read() else 200)

    receiver.answers["/hook"] = poisonous
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, LATE) as mill:
        bad = await mill.submit("poison", webhook=f"{world.url}/hook")
        await mill.finished(bad)
        good = await mill.submit("good", webhook=f"{world.url}/hook")
        await delivery(mill, good, "delivered")
        [record] = await mill.services.stores.delivery_history.of_request(bad)
        assert (record.status, len(record.attempts)) == ("pending", 3)
        assert record.next_at is not None
        assert record.next_at > time.time() + 1800
        await mill.quiet()
        assert await redeliver(mill, record)
        await wait_until(lambda: len(bodies_to(world, "/hook")) == 5, "it is tried again at once")


async def test_410_disables_a_url_until_a_redelivery_is_requested(
    mill: Pipeline, world: Outside, receiver: Receiver
) -> None:
    hook = f"{world.url}/hook"
    held = Held()

    async def gone(request: web.BaseRequest) -> web.StreamResponse:
        await held(request)
        return web.Response(status=410)

    receiver.answers["/hook"] = gone
    first, behind = [await mill.submit("p", webhook=hook) for _ in range(2)]
    await mill.finished(first, behind)
    await mill.quiet()
    held.go.set()
    record = await delivery(mill, first, "disabled")
    assert record.attempts[0].code == 410
    assert (await delivery(mill, behind, "disabled")).attempts == ()
    later = await mill.submit("p", webhook=hook)
    assert (await delivery(mill, later, "disabled")).attempts == ()
    assert len(world.requests) == 1

    receiver.answers["/hook"] = status(200)
    assert await redeliver(mill, await delivery(mill, later, "disabled"))
    await delivery(mill, later, "delivered")
    await delivery(mill, await mill.submit("p", webhook=hook), "delivered")
    await delivery(mill, behind, "disabled")  # only the requested delivery is made


async def test_a_successful_delivery_can_be_repeated(mill: Pipeline, world: Outside) -> None:
    id_ = await mill.submit("p", webhook=f"{world.url}/hook")
    record = await delivery(mill, id_, "delivered")
    assert await redeliver(mill, record)
    await wait_until(lambda: len(world.requests) == 2, "it arrives again")
    assert {request.headers["webhook-id"] for request in world.requests} == {record.id}
    assert len((await delivery(mill, id_, "delivered")).attempts) == 2


async def test_retry_after_of_a_busy_receiver_is_respected(
    mill: Pipeline, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/busy"] = status(503, Retry_After="3600")
    id_ = await mill.submit("p", webhook=f"{world.url}/busy")

    async def tried() -> WebhookDelivery | None:
        deliveries = await mill.services.stores.delivery_history.of_request(id_)
        return deliveries[0] if deliveries and deliveries[0].attempts else None

    record = await eventually(tried, "it was tried")
    assert record.next_at is not None
    assert record.next_at > time.time() + 3500
    await mill.quiet()


async def test_answers_are_not_read_to_their_end(
    mill: Pipeline, world: Outside, receiver: Receiver
) -> None:
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 2**16)
                sent += 2**16
        return response

    async def headers(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b"HTTP/1.1 200 OK\r\n" + b"X-Header: xxxxxxxx\r\n" * 10_000)
        return await asyncio.Future()  # until the connection is closed

    receiver.answers |= {"/endless": endless, "/headers": headers}
    await delivery(mill, await mill.submit("p", webhook=f"{world.url}/endless"), "delivered")
    await delivery(mill, await mill.submit("p", webhook=f"{world.url}/headers"), "delivered")
    await wait_until(lambda: not world.in_hand, "the connections are closed")
    assert sent < 2**24  # more than the buffers of two sockets hold


async def test_an_attempt_without_an_answer_in_time_fails(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver
) -> None:
    receiver.answers["/held"] = Held()
    settings = (LOCAL, "webhooks.timeout=0.1", "webhooks.schedule=[]")
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), *settings) as mill:
        ids = [await mill.submit("p", webhook=f"{world.url}/held") for _ in range(2)]
        for id_ in ids:
            record = await delivery(mill, id_, "failed")
            reasons = [attempt.reason for attempt in record.attempts]
            assert reasons == ["Did not answer within 0.1 seconds."]


async def test_a_blocked_address_fails_without_another_attempt(
    tmp_path: Path, redis_url: str, world: Outside
) -> None:
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted()) as mill:
        record = await delivery(mill, await mill.submit("p", webhook=world.url), "failed")
    [attempt] = record.attempts
    assert attempt.reason == LOOPBACK
    assert not world.requests


async def test_deliveries_survive_a_flush_of_redis(
    tmp_path: Path, redis_url: str, redis: RedisConnection, world: Outside, receiver: Receiver
) -> None:
    held = receiver.answers["/hook"] = Held()
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, SOON) as mill:
        ids = [await mill.submit(f"p{n}", webhook=f"{world.url}/hook") for n in range(5)]
        await mill.finished(*ids)
        await wait_until(lambda: world.in_hand == 1, "the first is in hand")
        await mill.quiet()
        await redis.one("FLUSHALL")
        held.go.set()
        for id_ in ids:
            await delivery(mill, id_, "delivered")
    assert len(world.requests) == 5


async def test_a_stop_leaves_hanging_deliveries_to_the_next_start(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deliverer, "GRACE_SECONDS", 0.05)
    receiver.answers["/hook"] = Held()
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, SOON) as mill:
        id_ = await mill.submit("p", webhook=f"{world.url}/hook")
        await wait_until(lambda: world.in_hand == 1, "it hangs")
    receiver.answers["/hook"] = status(200)
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), LOCAL, SOON) as mill:
        record = await delivery(mill, id_, "delivered")
    assert {request.headers["webhook-id"] for request in world.requests} == {record.id}


async def test_a_stop_does_not_wait_for_room(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deliverer, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(room, "MAX_CONCURRENT_URLS", 1)
    receiver.answers |= {"/a": Held(), "/b": Held()}
    settings = (LOCAL, "webhooks.timeout=60")  # longer than this test may take
    async with running_pipeline(tmp_path, redis_url, Scripted(), Scripted(), *settings) as mill:
        ids = [await mill.submit("p", webhook=f"{world.url}/{path}") for path in "ab"]
        await wait_until(lambda: world.in_hand == 1, "one hangs")
        await mill.finished(*ids)
        await eventually(lambda: waiting(mill, 1), "the other one waits for room")
        await mill.quiet()  # and holds no entry on the stream
    assert len(world.requests) == 1


async def test_two_processes_make_one_attempt_at_a_time_per_url(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver
) -> None:
    most = 0

    async def answer(_: web.BaseRequest) -> web.Response:
        nonlocal most
        for _turn in range(10):  # of the event loop, in which another attempt would arrive
            most = max(most, world.in_hand)
            await asyncio.sleep(0)
        return web.Response()

    receiver.answers["/hook"] = answer
    async with (
        running_pipeline(
            tmp_path, redis_url, Scripted(), Scripted(), LOCAL, node="a", alone=False
        ) as first,
        running_pipeline(
            tmp_path, redis_url, Scripted(), Scripted(), LOCAL, node="b", alone=False
        ) as other,
    ):
        mills = (first, other) * 15
        ids = [await mill.submit("p", webhook=f"{world.url}/hook") for mill in mills]
        await first.finished(*ids)
        for id_ in ids:
            await delivery(first, id_, "delivered")
    assert most == 1
    assert len(world.requests) == 30


async def test_leases_of_a_dead_process_expire_and_are_taken_over(
    tmp_path: Path, redis_url: str, world: Outside, receiver: Receiver, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deliverer, "LEASE_MARGIN_SECONDS", 0.1)
    settings = (LOCAL, SOON, "webhooks.timeout=0.1")
    async with running_pipeline(
        tmp_path, redis_url, Scripted(), Scripted(), *settings, node="b", alone=False
    ) as mill:
        held = receiver.answers["/hook"] = Held()
        first = await mill.submit("p", webhook=f"{world.url}/hook")
        await wait_until(lambda: world.in_hand == 1, "it hangs")
        second = await mill.submit("p", webhook=f"{world.url}/hook")
        await mill.finished(second)
        held.go.set()
        await delivery(mill, first, "delivered")
        await delivery(mill, second, "delivered")
        # another process takes the URL and dies
        third = await mill.submit("p", webhook=f"{world.url}/other")
        await delivery(mill, third, "delivered")
        [record] = await mill.services.stores.delivery_history.of_request(third)
        due = await mill.services.stores.deliveries.redeliver(third, record.event)
        assert due is not None
        [claimed] = await mill.services.stores.deliveries.claim([record.url], "a", 0.2)
        assert claimed.id == record.id
        mill.services.relay.deliver(due)
        await wait_until(
            lambda: len(requests_to(world, "/other")) == 2, "this process takes it over"
        )


async def test_retention_removes_deliveries_with_their_request(
    mill: Pipeline, world: Outside
) -> None:
    ids = [await mill.submit("p", webhook=f"{world.url}/{n}") for n in range(3)]
    for id_ in ids:
        await delivery(mill, id_, "delivered")
    await mill.quiet()
    await asyncio.sleep(0)
    retention = mill.services.stores.retention

    async def purged() -> bool:
        return await retention.purge(0.0) == 0

    await eventually(purged, "nothing is left to remove")
    for table in ("requests", "deliveries", "delivery_attempts", "endpoints"):
        assert await mill.database.all(f"SELECT count(*) FROM {table}") == [(0,)]


# ------------------------------------------------------------------------------- the schedule

SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
FAILED = ReceiverAnswer(500, "Answered 500.")


def claimed(attempts: int, failures: int, *, in_order: bool = True) -> ClaimedDelivery:
    return ClaimedDelivery(
        "r", 1, "http://u/", "{}", attempts, None if in_order else 0.0, 0.0, failures
    )


def around(seconds: float) -> Any:
    return pytest.approx(seconds, rel=0.2)


def test_pauses_grow_over_three_days_with_jitter() -> None:
    pauses = []
    for attempts in range(len(SCHEDULE)):
        outcome = outcome_of(
            claimed(attempts, attempts, in_order=attempts < 3), FAILED, SCHEDULE, 0.0, 0.0
        )
        assert outcome.status == "pending"
        pauses.append(outcome.due_at or outcome.resume_at or 0.0)
    assert pauses == [around(pause) for pause in SCHEDULE]
    assert outcome_of(claimed(9, 9, in_order=False), FAILED, SCHEDULE, 0.0, 0.0).status == "failed"
    again = outcome_of(claimed(0, 0), FAILED, SCHEDULE, 0.0, 0.0)
    assert again.resume_at != pauses[0]


def test_a_url_that_is_down_is_probed_less_and_less_often() -> None:
    # only the oldest delivery has failed, for the third time: the next one is tried at once
    outcome = outcome_of(claimed(2, 2), FAILED, SCHEDULE, 0.0, 0.0)
    assert (outcome.due_at, outcome.resume_at) == (around(1800), 0.0)
    # the next one has failed, too: the cause is not the delivery but the URL
    outcome = outcome_of(claimed(0, 3), FAILED, SCHEDULE, 0.0, 0.0)
    assert (outcome.due_at, outcome.resume_at) == (None, around(7200))
    assert outcome.stale is None
    # down for as long as one delivery is tried: what has waited as long is given up
    outcome = outcome_of(claimed(0, 9), FAILED, SCHEDULE, 1e6, 0.0)
    assert outcome.resume_at == pytest.approx(1e6 + 86_400, abs=0.2 * 86_400)
    assert outcome.stale == 1e6 - sum(SCHEDULE)


def test_a_failure_of_a_delivery_out_of_order_says_nothing_about_the_url() -> None:
    outcome = outcome_of(claimed(4, 0, in_order=False), FAILED, SCHEDULE, 0.0, 0.0)
    assert (outcome.failures, outcome.resume_at) == (None, None)
    outcome = outcome_of(
        claimed(4, 7, in_order=False), ReceiverAnswer(204, None), SCHEDULE, 0.0, 0.0
    )
    assert (outcome.status, outcome.failures, outcome.resume_at) == ("delivered", 0, 0.0)
