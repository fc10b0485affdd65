"""`/fal` over plain HTTP: the shapes that fal's clients read."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support import api_keys
from tests.support.outside import outside
from tests.support.receivers import Receiver, bodies_to
from tests.support.running import Running, running_service
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELLO = {"prompt": "Hello"}
TEXT = "generated text for Hello"
SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def ask(http: ClientSession, method: str, url: str, **how: Any) -> tuple[int, Any]:
    async with http.request(method, url, **how) as answer:
        assert answer.content_type == "application/json", await answer.text()
        return answer.status, await answer.json()


async def submit(http: ClientSession, app: str, **fields: Any) -> Any:
    status, queued = await ask(http, "POST", f"/fal/{app}", json={**HELLO, **fields})
    assert (status, queued["status"]) == (200, "IN_QUEUE"), queued
    return queued


async def done(http: ClientSession, queued: Any) -> Any:
    async def there() -> Any:
        status, state = await ask(http, "GET", queued["status_url"], params={"logs": "1"})
        assert status == (200 if state["status"] == "COMPLETED" else 202)
        return state if state["status"] == "COMPLETED" else None

    return await eventually(there, "it is completed")


@pytest.mark.parametrize(
    ("app", "in_addresses"),
    [
        ("fal-ai/flux/dev", "fal-ai/flux"),
        ("workflows/ann/text", "workflows/ann/text"),
        ("a b/ü/text", "a%20b/%C3%BC"),
    ],
)
async def test_a_request_from_its_submission_to_its_result(
    http: ClientSession, service: Running, app: str, in_addresses: str
) -> None:
    queued = await submit(http, app, seed=-7, priority="low")
    id_ = queued["request_id"]
    base = f"{service.url}/fal/{in_addresses}/requests/{id_}"
    assert queued["response_url"] == base
    assert (queued["status_url"], queued["cancel_url"]) == (f"{base}/status", f"{base}/cancel")
    state = await done(http, queued)
    assert [line["level"] for line in state["logs"]]
    assert state["metrics"]["inference_time"] >= 0
    assert "error" not in state
    async with http.get(queued["response_url"]) as answer:
        assert answer.headers["x-fal-request-id"] == id_
        result = await answer.json()
    assert (result["prompt"], result["seed"]) == ("Hello", 2**31 - 7)
    if "text" in app:
        assert (result["output"], result["model"]) == (TEXT, "simulated-text")
    else:
        [image] = result["images"]
        assert (image["content_type"], image["width"]) == ("image/png", 8)
        async with http.get(image["url"]) as answer:
            assert answer.content_type == "image/png"
    status, refused = await ask(http, "PUT", queued["cancel_url"])
    assert (status, refused["status"]) == (400, "ALREADY_COMPLETED")
    async with http.get(f"/content/{id_}") as answer:
        assert (await answer.json())["priority"] == "low"


async def test_a_synchronous_run_answers_with_text_and_picture(http: ClientSession) -> None:
    status, result = await ask(http, "POST", "/fal/run/fal-ai/instagram", json=HELLO)
    assert status == 200
    assert result["output"].startswith(TEXT)
    assert len(result["images"]) == 1


async def test_the_state_as_a_stream(http: ClientSession) -> None:
    queued = await submit(http, "fal-ai/text")
    async with http.get(f"{queued['status_url']}/stream?logs=1") as answer:
        assert answer.content_type == "text/event-stream"
        lines = (await answer.text()).splitlines()
    states = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert states[-1]["status"] == "COMPLETED"
    assert not any(line.startswith(("id:", "retry:", "event:")) for line in lines)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"image_url": "https://example.com/a.png"}, "image_url"),
        ({"num_images": 4}, "num_images"),
        ({"image_size": "huge"}, "image_size"),
        ({"image_size": {"width": 1}}, "image_size"),
        ({"publish": True}, "user-id"),
        ({"fal_webhook": "nonsense"}, "fal_webhook"),
    ],
)
@pytest.mark.parametrize("path", ["/fal/fal-ai/flux", "/fal/run/fal-ai/flux"])
async def test_refused_fields_are_named(
    http: ClientSession, path: str, fields: dict[str, Any], name: str
) -> None:
    status, refused = await ask(http, "POST", path, json={**HELLO, **fields})
    assert (status, refused["error_type"]) == (400, "invalid_request")
    assert refused["detail"].startswith(f"{name}: ")
    assert refused["message"] == refused["detail"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Fal-Queue-Priority", "urgent"),
        ("X-Fal-Request-Timeout", "soon"),
        ("X-Fal-Request-Timeout", "nan"),
        ("X-Fal-Request-Timeout", "-1"),
    ],
)
async def test_refused_headers_are_named(http: ClientSession, name: str, value: str) -> None:
    status, refused = await ask(http, "POST", "/fal/fal-ai/flux", json=HELLO, headers={name: value})
    assert (status, refused["errors"][0]["name"]) == (400, name)


async def test_what_is_not_there(http: ClientSession) -> None:
    for method, path in (
        ("GET", "/fal/fal-ai/flux/requests/unknown"),
        ("GET", "/fal/fal-ai/flux/requests/unknown/status"),
        ("GET", "/fal/fal-ai/flux/requests/unknown/status/stream"),
        ("PUT", "/fal/fal-ai/flux/requests/unknown/cancel"),
        ("POST", f"/fal/fal-ai/{'f' * 400}"),
    ):
        how = {"json": HELLO} if method == "POST" else {}
        status, refused = await ask(http, method, path, **how)
        assert (status, refused["error_type"]) == (404, "not_found"), path


async def test_the_proxy_answers_calls_of_fal_alone(http: ClientSession) -> None:
    async def call(method: str, target: str, **how: Any) -> tuple[int, Any]:
        return await ask(http, method, "/fal/proxy", headers={"x-fal-target-url": target}, **how)

    _, queued = await call("POST", "https://queue.fal.run/fal-ai/flux/dev", json=HELLO)
    one = f"https://queue.fal.run/fal-ai/flux/requests/{queued['request_id']}"
    await done(http, queued)
    status, state = await call("GET", f"{one}/status?logs=1")
    assert (status, state["status"], bool(state["logs"])) == (200, "COMPLETED", True)
    _, result = await call("GET", one)
    _, run = await call("POST", "https://fal.run/fal-ai/flux/dev", json=HELLO)
    assert len(run["images"]) == len(result["images"]) == 1
    status, _ = await call("PUT", f"{one}/cancel")
    assert status == 400
    webhook = "https://queue.fal.run/fal-ai/flux?fal_webhook=nonsense"
    status, refused = await call("POST", webhook, json=HELLO)
    assert (status, refused["errors"][0]["name"]) == (400, "fal_webhook")
    for target, expected in (
        ("https://rest.fal.ai/storage/upload", 404),
        ("https://example.com/fal-ai/flux", 404),
        ("nonsense", 400),
        ("http://[", 400),
        ("", 400),
    ):
        assert (await call("POST", target, json=HELLO))[0] == expected, target


async def test_waiting_priorities_time_outs_and_cancelling(tmp_path: Path) -> None:
    record = tmp_path / "record"
    settings = ("image.simulated.delay=600", "image.workers=1", "service.drain=0")
    async with (
        running_service(
            tmp_path, *SIMULATED, *settings, f"image.simulated.record={record}"
        ) as service,
        ClientSession(service.url) as http,
    ):
        running = await submit(http, "fal-ai/flux", prompt="running")

        async def is_running() -> Any:
            status, state = await ask(http, "GET", running["status_url"])
            return state if (status, state["status"]) == (202, "IN_PROGRESS") else None

        assert (await eventually(is_running, "it runs"))["logs"] == []
        low = {"X-Fal-Queue-Priority": "low"}
        _, later = await ask(
            http, "POST", "/fal/fal-ai/flux", json={"prompt": "later"}, headers=low
        )
        queued = await submit(http, "fal-ai/flux", prompt="queued")
        for one, position in ((later, 2), (queued, 1)):
            _, state = await ask(http, "GET", one["status_url"])
            assert (state["status"], state["queue_position"]) == ("IN_QUEUE", position)
            status, refused = await ask(http, "GET", one["response_url"])
            assert (status, "not completed" in refused["detail"]) == (400, True)
        soon = {"X-Fal-Request-Timeout": "0.2"}
        status, refused = await ask(http, "POST", "/fal/run/fal-ai/flux", json=HELLO, headers=soon)
        assert (status, refused["error_type"]) == (422, "request_timeout")
        for one in (queued, running):
            status, cancelled = await ask(http, "PUT", one["cancel_url"])
            assert (status, cancelled["status"]) == (202, "CANCELLATION_REQUESTED")
            state = await done(http, one)
            assert state["error_type"] == "client_cancelled"
            status, refused = await ask(http, "GET", one["response_url"])
            assert (status, refused["error_type"]) == (422, "client_cancelled")

        async def begun() -> bool:
            return "later" in record.read_text()

        await eventually(begun, "the slot is free")

        async def newest() -> str:
            async with http.get("/content?limit=1") as answer:
                return str((await answer.json())["requests"][0]["status"])

        async def waits() -> bool:
            return await newest() == "queued"

        async def is_cancelled() -> bool:
            return await newest() == "cancelled"

        for path in ("/fal/run/fal-ai/flux", "/v1/text-to-image"):
            body = {**HELLO, "inputs": "Hello"}
            leaving = asyncio.create_task(ask(http, "POST", path, json=body))
            await eventually(waits, "the run waits")
            leaving.cancel()
            await eventually(is_cancelled, "the run is cancelled")
        assert "queued" not in record.read_text()
        await service.kill()
        port = f"http.port={service.url.rpartition(':')[2]}"
        async with running_service(tmp_path, *SIMULATED, port):
            assert "error" not in await done(http, later)  # at the addresses from before the kill
            _, result = await ask(http, "GET", later["response_url"])
            assert result["prompt"] == "later"


async def test_keys_limits_failures_and_webhooks(tmp_path: Path) -> None:
    database = tmp_path / "data" / "feedmill.db"
    key = api_keys.create(database, "ann", ["content"])
    low = api_keys.create(database, "low", ["content"], api_keys.Rights(priority="low"))
    settings = ("limits.rate=0.01", "limits.burst=3", 'webhooks.allow=["127.0.0.0/8"]')
    failing = ("text.simulated.failure_rate=1", "text.attempts=1")
    async with (
        outside(Receiver()) as world,
        running_service(tmp_path, *SIMULATED, *settings, *failing) as service,
        ClientSession(service.url) as none,
        ClientSession(service.url, headers={"Authorization": f"Key {key}"}) as http,
    ):
        status, refused = await ask(none, "POST", "/fal/fal-ai/flux", json=HELLO)
        assert (status, refused["error_type"]) == (401, "unauthorized")
        for priority, status in (("normal", 200), ("high", 403)):  # clients always send one
            headers = {"Authorization": f"Key {low}", "X-Fal-Queue-Priority": priority}
            told = await ask(none, "POST", "/fal/fal-ai/flux", json=HELLO, headers=headers)
            assert told[0] == status
        hook = {"fal_webhook": f"{world.url}/hook"}
        _, made = await ask(http, "POST", "/fal/fal-ai/flux", json=HELLO, params=hook)
        failed = await submit(http, "fal-ai/text", webhook=f"{world.url}/hook")
        state = await done(http, failed)
        assert (state["error"], state["error_type"]) == (
            "The simulated generator failed this time.",
            "generation_failed",
        )
        status, refused = await ask(http, "POST", "/fal/run/fal-ai/text", json=HELLO)
        assert (status, refused["detail"]) == (422, state["error"])
        await wait_until(lambda: len(bodies_to(world, "/hook")) == 2, "both webhooks are sent")
        bodies = {body["request_id"]: body for body in bodies_to(world, "/hook")}
        good, bad = bodies[made["request_id"]], bodies[failed["request_id"]]
        _, result = await ask(http, "GET", made["response_url"])
        assert (good["status"], good["payload"]) == ("OK", result)
        assert (bad["status"], bad["error"]) == ("ERROR", state["error"])
        status, over = await ask(http, "POST", "/fal/fal-ai/flux", json=HELLO)
        assert (status, over["error_type"]) == (429, "rate_limited")
