"""`/replicate` as Replicate's own Python client uses it, unchanged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from replicate.client import Client
from replicate.exceptions import ReplicateError

from tests.support.running import Running
from tests.support.waiting import HANGS_SECONDS

pytestmark = pytest.mark.asyncio(loop_scope="session")

HELLO = {"prompt": "Hello"}
TEXT = "generated text for Hello"


@contextlib.asynccontextmanager
async def client_of(service: Running, key: str = "none") -> AsyncIterator[Any]:
    async with httpx.AsyncHTTPTransport(verify=False) as transport:
        client = Client(key, base_url=f"{service.url}/replicate", transport=transport)
        client.poll_interval = 0.02
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[Any]:
    async with client_of(service) as client:
        yield client


@pytest.mark.client_call("replicate-python", "run, with and without waiting")
@pytest.mark.parametrize("wait", [True, 5, False])
@pytest.mark.parametrize("model", ["feedmill/text", "meta/meta-llama-3-8b-instruct"])
async def test_a_text(client: Any, model: str, wait: Any) -> None:
    assert await client.async_run(model, input=HELLO, wait=wait) == TEXT


@pytest.mark.client_call("replicate-python", "run by version")
@pytest.mark.client_call("replicate-python", "models, versions with schemas")
async def test_a_version_runs_with_its_schema(client: Any) -> None:
    assert await client.async_run("feedmill/text:text", input=HELLO) == TEXT
    model = await client.models.async_get("feedmill/instagram")
    assert model.latest_version
    version = await model.versions.async_get(model.latest_version.id)
    schemas = version.openapi_schema["components"]["schemas"]
    assert schemas["Input"]["required"] == ["prompt"]
    assert {*schemas["Output"]["properties"]} == {"text", "image"}
    assert [one.id for one in await model.versions.async_list()] == ["instagram"]
    assert (await client.async_run(model.latest_version, input=HELLO))["text"].startswith(TEXT)


@pytest.mark.client_call("replicate-python", "run, picture and both")
async def test_a_picture_and_both(client: Any, http: ClientSession) -> None:
    picture = await client.async_run("black-forest-labs/flux-schnell", input=HELLO)
    both = await client.async_run("feedmill/instagram", input=HELLO)
    assert both["text"].startswith(TEXT)
    for url in (picture, both["image"]):
        async with http.get(url) as answer:
            assert answer.content_type == "image/png"
    unknown = await client.predictions.async_create("f" * 64, {**HELLO, "aspect_ratio": "16:9"})
    await unknown.async_wait()
    assert unknown.output.endswith(".png")
    async with http.get(f"/content/{unknown.id}") as answer:
        assert (await answer.json())["tag"] == "image"


@pytest.mark.client_call("replicate-python", "predictions create, get")
async def test_a_prediction_is_an_ordinary_request(client: Any, http: ClientSession) -> None:
    made = await client.predictions.async_create(
        "text", {**HELLO, "seed": -7, "user-id": "u", "priority": "low", "publish": False}
    )
    await made.async_wait()
    assert made == await client.predictions.async_get(made.id)
    assert (made.status, made.output, made.error) == ("succeeded", TEXT, None)
    assert made.input == {**HELLO, "seed": -7, "user-id": "u", "priority": "low", "publish": False}
    assert (made.model, made.version) == ("simulated-text", "text")
    assert made.created_at <= made.started_at <= made.completed_at
    assert made.metrics["predict_time"] >= 0
    async with http.get(f"/content/{made.id}") as answer:
        record = await answer.json()
    assert (record["seed"], record["user_id"], record["priority"]) == (2**31 - 7, "u", "low")
    assert (await client.predictions.async_cancel(made.id)).status == "succeeded"
    async with http.post("/content", data={"prompt": "Other", "tag": "image"}) as answer:
        other = (await answer.json())["RequestId"]
    seen = await client.predictions.async_get(other)
    await seen.async_wait()
    assert (seen.version, seen.input) == ("image", {"prompt": "Other"})


@pytest.mark.client_call("replicate-python", "predictions list, by pages")
async def test_predictions_are_listed_in_pages(client: Any, http: ClientSession) -> None:
    await asyncio.gather(
        *(client.predictions.async_create("text", HELLO, wait=False) for _ in range(105))
    )
    first = await client.predictions.async_list()
    assert first.next
    second = await client.predictions.async_list(first.next)
    ids = [one.id for page in (first, second) for one in page]
    assert ids == sorted(set(ids), reverse=True)
    assert (len(first), len(second) >= 5) == (100, True)
    async with http.get("/replicate/v1/predictions?cursor=nonsense") as answer:
        assert answer.status == 400


@pytest.mark.client_call("replicate-python", "stream")
async def test_a_stream_has_the_whole_text_with_its_lines(client: Any) -> None:
    prompt = "one\n\ntwo \N{FOX FACE}\u2028three\n"
    events = [
        event async for event in await client.async_stream("x/text", input={"prompt": prompt})
    ]
    assert "".join(map(str, events)) == f"generated text for {prompt}".replace("\u2028", "\n")
    assert (events[-1].event.value, events[-1].data) == ("done", "{}")
    numbers = [int(event.id) for event in events]
    assert numbers == sorted(set(numbers))


@pytest.mark.client_call("replicate-python", "stream, picture and both")
async def test_a_stream_of_a_post_ends_with_its_picture(client: Any, http: ClientSession) -> None:
    events = [e async for e in await client.async_stream("x/instagram", input=HELLO)]
    *words, picture, done = map(str, events)
    assert "".join(words).startswith(TEXT)
    assert done == ""
    async with http.get(picture) as answer:
        assert answer.status == 200


async def test_a_stream_resumes_after_any_of_its_events(client: Any, http: ClientSession) -> None:
    made = await client.predictions.async_create("instagram", HELLO)
    await made.async_wait()
    url = made.urls["stream"]
    async with http.get(url) as answer:
        assert answer.content_type == "text/event-stream"
        events = [e for e in (await answer.text()).split("\n\n") if "event:" in e]
    for at, event in enumerate(events):
        last = event.split("\n")[0].removeprefix("id: ")
        async with http.get(url, headers={"Last-Event-ID": last}) as answer:
            rest = [e for e in (await answer.text()).split("\n\n") if "event:" in e]
        assert rest == events[at + 1 :]


@pytest.mark.client_call("replicate-python", "errors, refused fields")
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"prompt": "a\0b"}, "prompt"),
        ({"prompt": ["a"]}, "prompt"),
        ({"prompt": "p" * 10_001}, "prompt"),
        ({"prompt": "p" * 9_000, "system_prompt": "s" * 2_000}, "system_prompt"),
        ({"prompt": "p", "image": "https://example.com/a.png"}, "image"),
        ({"prompt": "p", "negative_prompt": "people"}, "negative_prompt"),
        ({"prompt": "p", "num_outputs": 4}, "num_outputs"),
        ({"prompt": "p", "seed": "one"}, "seed"),
        ({"prompt": "p", "temperature": 3}, "temperature"),
        ({"prompt": "p", "top_p": 0.9}, "top_p"),
        ({"prompt": "p", "stop_sequences": "\n"}, "stop_sequences"),
        ({"prompt": "p", "publish": True}, "user-id"),
        ({"prompt": "p", "priority": "now"}, "priority"),
        ({"prompt": "p", "webhook": "nonsense"}, "webhook"),
    ],
)
async def test_refused_fields_of_a_text_are_named(
    client: Any, given: dict[str, Any], name: str
) -> None:
    with pytest.raises(ReplicateError) as refused:
        await client.predictions.async_create("text", given)
    assert refused.value.status == 400
    assert (refused.value.detail or "").startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"aspect_ratio": "wide"}, "aspect_ratio"),
        ({"aspect_ratio": "99:1"}, "aspect_ratio"),
        ({"width": 63}, "width"),
        ({"height": 1e9}, "height"),
    ],
)
async def test_refused_fields_of_a_picture_are_named(
    client: Any, given: dict[str, Any], name: str
) -> None:
    with pytest.raises(ReplicateError, match=f"detail: {name}: "):
        await client.predictions.async_create("image", {**HELLO, **given})


async def test_unknown_and_neutral_fields_are_ignored(client: Any) -> None:
    made = await client.predictions.async_create(
        "text",
        {
            **HELLO,
            "prompt": "ü" * 10_000,
            "top_p": 1,
            "top_k": 50,
            "negative_prompt": "",
            "made_up": {"a": [1]},
            "openai_api_key": "sk-secret",
            "num_outputs": 1,
            "max_new_tokens": 10**6,
        },
        wait=True,
    )
    assert made.output == "generated text for " + "ü" * 10_000
    assert not {"made_up", "openai_api_key"} & {*made.input}


async def test_headers(http: ClientSession) -> None:
    url, body = "/replicate/v1/predictions", {"version": "text", "input": HELLO}
    for after, status in (("90", 201), ("1m30s", 201), ("soon", 400), ("0", 400), ("9e9h", 400)):
        async with http.post(url, json=body, headers={"Cancel-After": after}) as answer:
            assert answer.status == status, after
            if status == 400:
                assert (await answer.json())["errors"][0]["name"] == "Cancel-After"
    own = {"priority": "low", "user-id": "beside", "seed": 1}
    async with http.post(url, json={**body, **own}) as answer:
        made_with = (await answer.json())["id"]
    async with http.get(f"/content/{made_with}") as answer:
        record = await answer.json()
    assert (record["priority"], record["user_id"]) == ("low", "beside")
    key = {"Idempotency-Key": "prediction-1", "Prefer": "wait"}
    async with asyncio.timeout(HANGS_SECONDS):
        made = []
        for _ in range(2):
            async with http.post(url, json=body, headers=key) as answer:
                assert answer.headers["Preference-Applied"] == "wait=60"
                made.append((await answer.json())["id"])
    assert made[0] == made[1]
    other = "/replicate/v1/models/feedmill/image/predictions"
    async with http.post(other, json={"input": HELLO}, headers=key) as answer:
        assert answer.status == 422
        assert (await answer.json())["type"] == "/problems#idempotency-key-reused"


@pytest.mark.client_call("replicate-python", "errors, not found")
async def test_an_unknown_prediction_and_address_are_not_found(client: Any) -> None:
    for call in (client.predictions.async_get, client.predictions.async_cancel):
        with pytest.raises(ReplicateError) as refused:
            await call("unknown")
        assert refused.value.status == 404
    with pytest.raises(ReplicateError):
        await client.trainings.async_list()
