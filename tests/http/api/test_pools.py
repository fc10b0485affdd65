"""`/pools`: an operator pauses a pool and lets it go on; clients see that it is paused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.running import command, running_service, spawn
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


@pytest_asyncio.fixture(loop_scope="session")
async def http(http: ClientSession) -> AsyncIterator[ClientSession]:
    """The shared service with nothing to do, whose pools are not paused afterwards."""
    unfinished: list[Any] = []

    async def done() -> bool:
        unfinished[:] = [
            request
            for status in ("queued", "generating")
            for request in (await get(http, f"/content?status={status}"))["requests"]
        ]
        return not unfinished

    try:
        await eventually(done, "requests of earlier tests are final")
    except AssertionError as error:
        error.add_note(f"unfinished: {unfinished}")
        raise
    yield http
    for pool in ("text", "image"):
        await post(http, f"/pools/{pool}/resume")


async def post(http: ClientSession, path: str, **options: Any) -> tuple[int, Any]:
    async with http.post(path, **options) as answer:
        return answer.status, await answer.json(content_type=None)


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        return await answer.json(content_type=None)


async def submit(http: ClientSession, tag: str = "text") -> str:
    _, accepted = await post(http, "/content", json={"prompt": "p", "tag": tag})
    return str(accepted["RequestId"])


async def completed(http: ClientSession, id_: str) -> None:
    record = await get(http, f"/content/{id_}?wait=60")
    assert record["status"] == "completed"


async def test_a_paused_pool_is_shown_everywhere_and_resumed_later(http: ClientSession) -> None:
    status, pool = await post(http, "/pools/text/pause")
    assert (status, pool["name"], pool["paused"], pool["paused_by"]) == (
        200, "text", True, "operator",
    )  # fmt: skip
    assert await post(http, "/pools/text/pause/") == (200, pool)  # again: the same pause
    id_ = await submit(http)
    await completed(http, await submit(http, "image"))  # the other pool continues
    record = await get(http, f"/content/{id_}")
    assert (record["status"], record["position"]) == ("queued", 0)
    assert (record["eta_seconds"], record["paused"]) == (None, True)
    pools = (await get(http, "/pools"))["pools"]
    assert [(pool["name"], pool["paused"]) for pool in pools] == [("text", True), ("image", False)]
    assert (await get(http, "/pools/text"))["queued"] == 1
    seen = (await get(http, "/status"))["pools"]["text"]
    assert (seen["paused"], seen["paused_by"]) == (True, "operator")
    assert seen["paused_at"] == pool["paused_at"] == pools[0]["paused_at"]
    ready = await get(http, "/readyz")
    assert ready["ready"]
    assert ready["paused"]["text"].startswith("Paused by an operator since 20")
    async with http.get("/metrics") as answer:
        assert 'feedmill_pool_paused{kind="text"} 1.0' in await answer.text()
    for _ in range(2):
        status, pool = await post(http, "/pools/text/resume")
        assert (status, pool["paused"], pool["paused_by"], pool["paused_at"]) == (
            200, False, None, None,
        )  # fmt: skip
    await completed(http, id_)
    assert await get(http, "/readyz") == {"ready": True, "waiting_for": {}}


async def test_followers_get_events_of_a_pause_and_its_end(http: ClientSession) -> None:
    await post(http, "/pools/text/pause")
    waiting = [await submit(http) for _ in range(2)]
    events = []
    async with http.get(f"/content/{waiting[1]}/events?after=0") as stream:
        async for line in stream.content:
            if line.startswith(b"data: "):
                events.append(json.loads(line.removeprefix(b"data: ")))
                if len(events) == 1:
                    await post(http, "/pools/text/resume")
                if events[-1].get("status") == "completed":
                    break
    assert events[0] == {"position": 1, "eta_seconds": None, "paused": True}
    assert not any(event.get("paused") for event in events[1:])


async def test_an_unknown_pool_is_not_found(http: ClientSession) -> None:
    for path in ("/pools/video/pause", "/pools/video/resume", "/pools/Text/pause"):
        status, problem = await post(http, path)
        assert (status, problem["type"]) == (404, "/problems#not-found")
        assert "text and image" in problem["detail"]
    async with http.get("/pools/video") as answer:
        assert answer.status == 404
    status, problem = await post(http, "/pools/text/pause?until=tomorrow")
    assert (status, problem["errors"][0]["name"]) == (400, "until")


async def test_pools_need_the_scope_admin_and_a_pause_survives_a_kill(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    content = {"Authorization": f"Bearer {api_keys.create(database, 'ann', ['content'])}"}
    key = tmp_path / "key"
    key.write_text(api_keys.create(database, "operator", ["admin"]))

    async def run(verb: str, url: str) -> tuple[int, str]:
        words = (verb, "text", "--server", url, "--key-file", str(key))
        result = await asyncio.to_thread(command, tmp_path, *words)
        return result.returncode, result.stdout + result.stderr

    first = await spawn(tmp_path, *SIMULATED)
    url = (await first.logged("ready"))["url"]
    sentence = "text is paused: 0 running to their end, 0 waiting.\n"
    assert await run("pause", url) == (0, sentence)
    admin = {"Authorization": f"Bearer {key.read_text()}"}
    async with ClientSession(url, headers=admin) as http:
        id_ = await submit(http)
    async with ClientSession(url, headers=content) as http:
        for path in ("/pools/text/pause", "/pools/text/resume"):
            assert (await post(http, path))[0] == 403
        async with http.get("/pools") as answer:
            assert answer.status == 403
    await first.kill()
    async with (
        running_service(tmp_path, *SIMULATED) as second,
        ClientSession(second.url, headers=admin) as http,
    ):
        await completed(http, await submit(http, "image"))
        assert (await get(http, f"/content/{id_}"))["status"] == "queued"
        words = ("status", "--server", second.url, "--key-file", str(key))
        shown = await asyncio.to_thread(command, tmp_path, *words)
        assert "text: paused by an operator since 20" in shown.stdout
        code, said = await run("resume", second.url)
        # it may have begun before they are counted
        assert (code, said) in [(0, f"text is resumed: {n} waiting.\n") for n in (0, 1)]
        await completed(http, id_)


async def test_both_processes_of_a_database_pause_before_the_answer(
    tmp_path: Path, redis_url: str
) -> None:
    settings = (*SIMULATED, f"redis.url={redis_url}")
    async with AsyncExitStack() as stack:
        https = []
        for _ in range(2):
            service = await stack.enter_async_context(running_service(tmp_path, *settings))
            https.append(await stack.enter_async_context(ClientSession(service.url)))
        await post(https[0], "/pools/text/pause")
        assert [(await get(http, "/pools/text"))["paused"] for http in https] == [True, True]
        ids = [await submit(http) for http in https for _ in range(5)]
        for http in https:
            await completed(http, await submit(http, "image"))
        assert {(await get(https[0], f"/content/{id_}"))["status"] for id_ in ids} == {"queued"}
        await post(https[1], "/pools/text/resume")
        for id_ in ids:
            await completed(https[0], id_)


async def next_event(lines: AsyncIterator[bytes]) -> tuple[str, dict[str, Any]]:
    """The id and the data of the next event of a stream."""
    id_ = ""
    async for line in lines:
        if line.startswith(b"id: "):
            id_ = line[4:].decode().strip()
        if line.startswith(b"data: "):
            return id_, json.loads(line[6:])
    raise AssertionError("the stream has ended")


async def test_open_streams_and_a_configuration_without_workers(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[text]\nworkers = 1\n")
    slow = (*SIMULATED, "text.simulated.delay=60", "service.drain=0")
    async with running_service(tmp_path, *slow) as service, ClientSession(service.url) as http:
        await submit(http)
        waiting = await submit(http)
        async with (
            http.get(f"/content/{waiting}/events?after=0") as one,
            http.get(f"/content/events?ids={waiting}&after=0") as several,
        ):
            lines = aiter(one.content), aiter(several.content)
            told = [[await next_event(each) for each in lines]]
            for verb in ("pause", "resume"):
                await post(http, f"/pools/text/{verb}")
                told.append([await next_event(each) for each in lines])
        alone = [events[0] for events in told]
        assert [data.get("paused", False) for _, data in alone] == [False, True, False]
        assert {data["position"] for _, data in alone} == {1}
        assert len({id_ for id_, _ in alone}) == 1
        together = [events[1][1]["data"] for events in told]
        assert [data.get("paused", False) for data in together] == [False, True, False]

        file.write_text("[text]\nworkers = 0\n")

        async def paused() -> bool:
            return bool((await get(http, "/pools/text"))["paused"])

        await eventually(paused, "the pool pauses")
        status, pool = await post(http, "/pools/text/resume")
        assert (status, pool["paused"], pool["paused_by"]) == (200, True, "configuration")
        resumed = await asyncio.to_thread(
            command, tmp_path, "resume", "text", "--server", service.url
        )
        assert resumed.returncode == 1
        assert resumed.stderr == "text stays paused: [text] workers = 0 in its configuration.\n"
        assert (await get(http, "/readyz"))["paused"] == {"text": "Paused: [text] workers is 0."}
        assert (await get(http, f"/content/{waiting}"))["paused"]
        status, problem = await post(http, "/worker/text", json={"prompt": "p"})
        assert (status, problem["detail"]) == (503, "The text workers are paused.")
        file.write_text("[text]\nworkers = 2\n")

        async def begins() -> bool:
            return bool((await get(http, f"/content/{waiting}"))["status"] == "generating")

        await eventually(begins, "it generates again")
