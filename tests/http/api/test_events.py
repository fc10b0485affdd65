"""`/content/{id}/events` and `/ws`: every event once and in order, whenever one comes and goes."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, WSMsgType

from tests.support.hold import Hold
from tests.support.running import Running, running_service, spawn
from tests.support.streaming import StreamedEvent, follow, followed
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = ("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=1")
FIRST = "1000000"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def slow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A service whose texts take a second."""
    async with running_service(tmp_path_factory.mktemp("slow"), *SLOW) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(slow: Running) -> AsyncIterator[ClientSession]:
    async with ClientSession(slow.url) as session:
        yield session


async def submitted(http: ClientSession, **fields: Any) -> str:
    async with http.post("/content", json={"prompt": "a fox", "tag": "text"} | fields) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["RequestId"])


async def shown(http: ClientSession, id_: str, **query: str) -> dict[str, Any]:
    async with http.get(f"/content/{id_}", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return dict(await answer.json())


def names(events: list[StreamedEvent]) -> list[str]:
    """The names of events, several deltas as one."""
    return [name for name, _ in itertools.groupby(event.name for event in events)]


def text_of(events: list[StreamedEvent]) -> str:
    return "".join(event.data["text"] for event in events if event.name == "text.delta")


def rises(events: list[StreamedEvent]) -> bool:
    ids = [int(event.id) for event in events]
    return ids == sorted(set(ids))


async def test_a_text_arrives_in_pieces(client: ClientSession) -> None:
    id_ = await submitted(client)
    events = await followed(client, f"/content/{id_}/events")
    assert names(events)[0] == "snapshot"  # it may have been begun when it came
    assert names(events)[-2:] == ["text.delta", "completed"]
    assert sum(event.name == "text.delta" for event in events) > 3
    assert events[-1].data["text"] == text_of(events) == "generated text for a fox"
    assert rises(events)


async def test_a_later_follower_gets_the_same_events(client: ClientSession) -> None:
    id_ = await submitted(client)
    live = await followed(client, f"/content/{id_}/events?after=0")
    again = await followed(client, f"/content/{id_}/events?after=0")
    assert again[1:] == live[1:]  # the first says what place it had, at the time
    for index, event in enumerate(live[:-1]):
        assert await followed(client, f"/content/{id_}/events", last=event.id) == live[index + 1 :]


async def test_a_lost_connection_loses_and_repeats_no_event(client: ClientSession) -> None:
    id_ = await submitted(client)
    events: list[StreamedEvent] = []
    while not events or events[-1].name != "completed":
        last = events[-1].id if events else None
        async with aclosing(follow(client, f"/content/{id_}/events", last=last)) as stream:
            async for event in stream:
                events.append(event)
                if len(events) % 3 == 0:
                    break
    assert text_of(events) == "generated text for a fox"
    assert rises(events)


async def test_a_fast_request_has_a_complete_log(http: ClientSession) -> None:
    id_ = await submitted(http, tag="instagram")
    await shown(http, id_, wait="10")
    events = await followed(http, f"/content/{id_}/events?after=0")
    named = sorted(names(events)[2:-1])
    assert names(events)[0] == "queued"
    assert {"text.delta", "image.ready"} <= set(named)
    assert events[-1].name == "completed"
    view = await shown(http, id_)
    assert events[-1].data["imageUri"] == view["imageUri"]
    assert events[-1].id == view["event_id"]
    assert rises(events)


async def test_a_snapshot_has_the_state_before_the_next_event(client: ClientSession) -> None:
    id_ = await submitted(client)
    async with aclosing(follow(client, f"/content/{id_}/events?after=0")) as stream:
        async for event in stream:
            if event.name == "text.delta":
                break
    events = await followed(client, f"/content/{id_}/events")
    assert events[0].name == "snapshot"
    assert events[0].data["status"] == "generating"
    assert events[0].data["text"]
    assert events[0].data["text"] + text_of(events) == events[-1].data["text"]


async def test_an_id_of_another_log_leads_to_a_snapshot(client: ClientSession) -> None:
    id_ = await submitted(client)
    events = await followed(client, f"/content/{id_}/events?after=999999999")
    assert events[0].name == "snapshot"
    assert events[-1].name == "completed"


async def test_a_browser_that_reconnects_after_the_end_gets_204(
    http: ClientSession,
) -> None:
    id_ = await submitted(http)
    last = (await shown(http, id_, wait="10"))["event_id"]
    async with http.get(f"/content/{id_}/events", headers={"Last-Event-ID": last}) as answer:
        assert answer.status == 204


async def test_head_answers_at_once_with_the_headers(client: ClientSession) -> None:
    id_ = await submitted(client)
    async with client.head(f"/content/{id_}/events") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"


async def test_a_websocket_sends_the_same_events(client: ClientSession) -> None:
    id_ = await submitted(client)
    messages = []
    async with client.ws_connect(f"/content/{id_}/ws?after=0", compress=15) as socket:
        assert not socket.compress  # whatever a client offers
        async for message in socket:
            assert message.type is WSMsgType.TEXT
            messages.append(json.loads(message.data))
    assert socket.close_code == 1000
    events = [StreamedEvent(item["id"], item["event"], item["data"]) for item in messages]
    again = await followed(client, f"/content/{id_}/events?after=0")
    assert without_places(events) == without_places(again)


def without_places(events: list[StreamedEvent]) -> list[StreamedEvent]:
    """The events without those of places in the queue, which depend on the moment."""
    return [event for event in events if event.name != "queued"]


async def test_a_closed_websocket_is_released(client: ClientSession) -> None:
    id_ = await submitted(client)
    async with client.ws_connect(f"/content/{id_}/ws") as socket:
        assert (await socket.receive_json())["event"] == "snapshot"
    assert (await shown(client, id_, wait="10"))["status"] == "completed"


async def test_a_plain_request_to_the_websocket_address_is_answered_with_426(
    http: ClientSession,
) -> None:
    id_ = await submitted(http)
    async with http.get(f"/content/{id_}/ws") as answer:
        assert answer.status == 426
        assert answer.headers["Upgrade"] == "websocket"


@pytest.mark.parametrize("way", ["events", "ws"])
async def test_unknown_ids_have_no_events(http: ClientSession, way: str) -> None:
    async with http.get(f"/content/{'0' * 45}/{way}") as answer:
        assert answer.status == 404
    id_ = await submitted(http)
    async with http.get(f"/content/{id_}/{way}?after=-1") as answer:
        assert answer.status == 400


async def test_the_position_in_the_queue_is_an_event(client: ClientSession) -> None:
    blocking = [await submitted(client) for _ in range(5)]
    id_ = await submitted(client)
    events = await followed(client, f"/content/{id_}/events")
    places = [event.data["position"] for event in events if event.name == "queued"]
    assert places[0] in {4, 5}
    assert places == sorted(places, reverse=True)
    for one in blocking:
        await shown(client, one, wait="10")


async def test_a_cancelled_request_has_a_final_event(client: ClientSession) -> None:
    id_ = await submitted(client)
    seen = asyncio.create_task(followed(client, f"/content/{id_}/events"))
    await eventually_generating(client, id_)
    async with client.delete(f"/content/{id_}") as answer:
        assert answer.status == 202
    events = await seen
    assert events[-1].name == "cancelled"
    assert events[-1].data["status"] == "cancelled"


async def eventually_generating(http: ClientSession, id_: str) -> None:
    async def generating() -> object:
        content = await shown(http, id_)
        return content["status"] == "generating"

    await eventually(generating, "it is being generated")


async def test_a_retry_and_a_redrive_continue_the_log(tmp_path: Path) -> None:
    settings = (
        "text.generator=simulated",
        "image.generator=simulated",
        "text.simulated.failure_rate=1",
        "text.attempts=2",
        "text.backoff=0",
    )
    async with running_service(tmp_path, *settings) as running, ClientSession(running.url) as http:
        id_ = await submitted(http)
        first = await followed(http, f"/content/{id_}/events?after=0")
        assert [event.name for event in first] == ["queued", "queued", "started", "failed"]
        assert first[1].data["attempt"] == first[2].data["attempt"] == 2
        async with http.post(f"/dead-letters/{id_}/redrive") as answer:
            assert answer.status == 202
        events = await followed(http, f"/content/{id_}/events", last=first[-1].id)
        assert names(events)[0] == "queued"
        assert events[-1].name == "failed"
        assert rises([*first, *events])


async def test_a_stop_ends_all_streams(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SLOW, "text.simulated.delay=60", "service.drain=2")
    async with ClientSession((await running.logged("ready"))["url"]) as http:
        id_ = await submitted(http)
        sse = asyncio.create_task(followed(http, f"/content/{id_}/events"))
        waiting = asyncio.create_task(shown(http, id_, wait="30"))
        async with http.ws_connect(f"/content/{id_}/ws?after=0") as socket:
            while (await socket.receive_json())["event"] != "started":
                pass
            stopping = asyncio.create_task(running.stop())
            assert await eventually_closed(socket) == 1001
        assert (await sse)[-1].name != "completed"
        assert (await waiting)["status"] == "generating"
        assert await stopping == 0


async def eventually_closed(socket: Any) -> int | None:
    async for _ in socket:
        pass
    code: int | None = socket.close_code
    return code


async def test_a_client_that_resumes_after_a_kill_sees_every_event_once(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SLOW, Hold(tmp_path).texts)
    url = (await running.logged("ready"))["url"]
    events: list[StreamedEvent] = []
    async with ClientSession(url) as http:
        id_ = await submitted(http, prompt="words that are worth the wait")
        async for event in follow(http, f"/content/{id_}/events"):
            events.append(event)
            if text_of(events):
                break
    await running.kill()
    async with running_service(tmp_path, *SLOW) as again, ClientSession(again.url) as http:
        events += await followed(http, f"/content/{id_}/events", last=events[-1].id)
        whole = await followed(http, f"/content/{id_}/events?after=0")
    assert text_of(events) == events[-1].data["text"]
    assert rises(events)
    known = {event.id: event for event in whole}
    assert all(known[event.id] == event for event in events if event.name not in LIVE)
    since = int(events[0].id)  # it may have begun before it was followed
    assert {event.id for event in events} >= {each.id for each in whole if int(each.id) > since}


LIVE = {"snapshot", "queued"}
