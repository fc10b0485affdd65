"""`/content/events`: several requests in one stream, each event once, across kills."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.hold import Hold
from tests.support.running import Running, running_service, spawn
from tests.support.streaming import StreamedEvent, follow, followed

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
UNKNOWN = "064a1b2c3d4e5" + "0123456789abcdef" * 2


async def submitted(http: ClientSession, prompt: str, **submission: Any) -> str:
    async with http.post("/content", json={"prompt": prompt, "tag": "text"} | submission) as answer:
        id_: str = (await answer.json())["RequestId"]
        return id_


def by_request(events: list[StreamedEvent]) -> dict[str, list[tuple[str, str, Any]]]:
    """The events of each request, as its own stream has them."""
    events_of: dict[str, list[tuple[str, str, Any]]] = defaultdict(list)
    for event in events:
        assert event.name == event.data["event"]
        events_of[event.data["request"]].append((event.data["id"], event.name, event.data["data"]))
    return events_of


async def test_each_request_has_the_events_of_its_own_stream(http: ClientSession) -> None:
    ids = [await submitted(http, f"p {n}", tag="instagram") for n in range(5)]
    events = await followed(http, f"/content/events?ids={','.join(ids)}&after=0,0,0,0,0")
    events_of = by_request(events)
    assert list(events_of) == ids or set(events_of) == set(ids)
    for id_ in ids:
        own = await followed(http, f"/content/{id_}/events?after=0")
        assert [event[1:] for event in events_of[id_] if event[1] != "queued"] == [
            (event.name, event.data) for event in own if event.name != "queued"
        ]
        assert [event[0] for event in events_of[id_] if event[1] != "queued"] == [
            event.id for event in own if event.name != "queued"
        ]


async def test_after_0_alone_is_the_whole_log_of_all(http: ClientSession) -> None:
    ids = [await submitted(http, f"s {n}") for n in range(2)]
    await followed(http, f"/content/events?ids={','.join(ids)}")  # until they are final
    whole = await followed(http, f"/content/events?ids={','.join(ids)}&after=0,0")
    assert await followed(http, f"/content/events?ids={','.join(ids)}&after=0") == whole


async def test_a_stream_resumes_at_any_event_without_losing_or_repeating_one(
    http: ClientSession,
) -> None:
    ids = [await submitted(http, f"q {n}", tag="instagram") for n in range(3)]
    path = f"/content/events?ids={','.join(ids)}"
    whole = await followed(http, f"{path}&after=0,0,0")
    steady = [event for event in whole if event.name != "queued"]
    for at, event in enumerate(whole):
        rest = [event for event in whole[at + 1 :] if event.name != "queued"]
        if not rest:
            break
        for resumed in (
            await followed(http, path, last=event.id),
            await followed(http, f"{path}&after={event.id}"),
        ):
            seen = [event for event in resumed if event.name != "queued"]
            assert by_request(seen) == by_request(rest)
    async with http.get(path, headers={"Last-Event-ID": steady[-1].id}) as answer:
        assert answer.status == 204, "browsers stay away then"


async def test_without_an_id_it_begins_with_snapshots(http: ClientSession) -> None:
    ids = [await submitted(http, f"r {n}") for n in range(2)]
    await followed(http, f"/content/events?ids={','.join(ids)}")
    events = await followed(http, f"/content/events?ids={','.join(ids)}&after=,0")
    events_of = by_request(events)
    assert events_of[ids[0]][0][1] == "snapshot"
    assert events_of[ids[0]][0][2]["id"] == ids[0]
    assert events_of[ids[1]][0][1] != "snapshot"


async def test_events_arrive_live_and_continue_after_a_kill(tmp_path: Path) -> None:
    killed = await spawn(tmp_path, *SIMULATED, Hold(tmp_path).texts, "text.workers=3")
    killed.url = (await killed.logged("ready"))["url"]
    events: list[StreamedEvent] = []
    async with ClientSession(killed.url) as http:
        ids = [await submitted(http, f"words that come one by one {n}") for n in range(3)]
        path = f"/content/events?ids={','.join(ids)}"
        async for event in follow(http, f"{path}&after=0,0,0"):
            events.append(event)
            if {event.data["request"] for event in events if event.name == "text.delta"} == set(
                ids
            ):
                break
        await killed.kill()
    again = (*SIMULATED, "text.simulated.delay=0.2")
    async with running_service(tmp_path, *again) as service, ClientSession(service.url) as http:
        events += await followed(http, path, last=events[-1].id)
        events_of = by_request(events)
        for id_ in ids:
            own = await followed(http, f"/content/{id_}/events?after=0")
            assert [event[:2] for event in events_of[id_] if event[1] != "queued"] == [
                (event.id, event.name) for event in own if event.name != "queued"
            ], "every event, once and in order"


async def test_an_unknown_id_gets_a_problem_event_and_the_others_continue(
    http: ClientSession,
) -> None:
    id_ = await submitted(http, "there")
    events = await followed(http, f"/content/events?ids={UNKNOWN},{id_},{UNKNOWN}")
    events_of = by_request(events)
    [(_, name, problem)] = events_of[UNKNOWN]
    assert (name, problem["status"]) == ("problem", 410) or problem["status"] == 404
    assert events_of[id_][-1][1] == "completed"
    async with http.get(f"/content/events?ids={UNKNOWN}") as answer:
        assert answer.status in {404, 410}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", "ids"),
        ("ids=", "ids"),
        ("ids=a,,b", "ids"),
        ("ids=%22", "ids"),
        ("ids=" + ",".join(f"a{n}" for n in range(101)), "ids"),
        ("ids=a,b&after=1", "after"),
        ("ids=a&after=x", "after"),
        ("ids=a&after=-1", "after"),
    ],
)
async def test_invalid_parameters_of_a_stream_of_many_are_refused(
    http: ClientSession, query: str, wrong: str
) -> None:
    async with http.get(f"/content/events?{query}") as answer:
        problem = await answer.json(content_type=None)
    assert answer.status == 400
    assert [error["name"] for error in problem["errors"]] == [wrong]


async def test_a_key_follows_its_own_requests_only(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    ann, bob = (api_keys.create(database, name, ["content"]) for name in ("ann", "bob"))
    async with running_service(tmp_path, *SIMULATED) as service:
        of_ann = {"Authorization": f"Bearer {ann}"}
        async with ClientSession(service.url, headers=of_ann) as http:
            id_ = await submitted(http, "mine")
            async with http.get(f"/content/{id_}?wait=60"):
                pass
        async with ClientSession(service.url) as http:
            async with http.get(f"/content/events?ids={id_}") as answer:
                assert answer.status == 401
            async with http.get(f"/content/events?ids={id_}&access_token={bob}") as answer:
                assert answer.status == 404
            events = await followed(http, f"/content/events?ids={id_}&access_token={ann}")
            assert events[-1].name == "completed"


async def test_one_stream_follows_a_hundred_requests(service: Running) -> None:
    async with ClientSession(service.url) as http:
        ids = await asyncio.gather(*(submitted(http, f"s {n}") for n in range(100)))
        events = await followed(http, f"/content/events?ids={','.join(ids)}")
        ended = {event.data["request"] for event in events if event.name == "completed"}
        final = {
            event.data["request"]
            for event in events
            if event.name == "snapshot" and event.data["data"]["status"] == "completed"
        }
        assert ended | final == set(ids)
        assert json.dumps(events[-1].data)
