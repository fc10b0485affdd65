"""Named models over HTTP: how they are chosen through every door, and what shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from tests.support.running import running_service

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODELS = """
[text]
generator = "simulated"
[image]
generator = "simulated"
[models.good]
kind = "text"
generator = "simulated"
workers = 2
fallback = ["text"]
[models.flux]
kind = "image"
generator = "simulated"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientSession]:
    """A service with a named model of each kind."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "config.toml").write_text(MODELS)
    async with running_service(folder) as service, ClientSession(service.url) as session:
        yield session


async def post(http: ClientSession, path: str, **options: Any) -> tuple[int, Any]:
    async with http.post(path, **options) as answer:
        return answer.status, await answer.json(content_type=None)


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        return await answer.json(content_type=None)


async def made(http: ClientSession, **fields: Any) -> tuple[Any, Any]:
    """`model` and `wanted_model` in the record of a request with these fields, when it is done."""
    status, accepted = await post(http, "/content", json={"prompt": "p", "tag": "text"} | fields)
    assert status == 202, accepted
    record = await get(http, f"/content/{accepted['RequestId']}?wait=60")
    assert record["status"] == "completed"
    return record["model"], record["wanted_model"]


@pytest.mark.parametrize(
    ("fields", "models"),
    [
        ({}, "text"),
        ({"model": "text"}, "text"),
        ({"model": "good"}, "good"),
        ({"model": {"text": "good"}}, "good"),
        ({"text-model": "good"}, "good"),
        ({"tag": "image"}, "image"),
        ({"tag": "image", "model": "flux"}, "flux"),
        ({"tag": "instagram"}, {"text": "text", "image": "image"}),
        ({"tag": "instagram", "model": "good"}, {"text": "good", "image": "image"}),
        ({"tag": "instagram", "model": "flux"}, {"text": "text", "image": "flux"}),
        (
            {"tag": "instagram", "model": {"text": "good", "image": "flux"}},
            {"text": "good", "image": "flux"},
        ),
        (
            {"tag": "instagram", "text-model": "good", "image-model": "flux"},
            {"text": "good", "image": "flux"},
        ),
    ],
)
async def test_a_request_names_its_models(http: ClientSession, fields: Any, models: Any) -> None:
    assert await made(http, **fields) == (models, models)


@pytest.mark.parametrize("field", ["model=good", "text-model=good", 'model={"text":"good"}'])
async def test_forms_name_models_as_well(http: ClientSession, field: str) -> None:
    name, _, value = field.partition("=")
    status, accepted = await post(
        http, "/content", data={"prompt": "p", "tag": "text", name: value}
    )
    assert status == 202
    assert (await get(http, f"/content/{accepted['RequestId']}"))["wanted_model"] == "good"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({"model": "nope"}, "model", "There is no model “nope”: they are text and good."),
        (
            {"tag": "instagram", "image-model": "nope"},
            "image-model",
            "There is no model “nope”: they are text, image, flux and good.",
        ),
        ({"model": "flux"}, "model", "flux makes pictures; others are text and good."),
        ({"text-model": "flux"}, "text-model", "flux makes pictures; others are text and good."),
        (
            {"tag": "image", "model": "text"},
            "model",
            "text makes texts; others are image and flux.",
        ),
        ({"model": {"image": "flux"}}, "image-model", "flux makes pictures"),
        ({"model": ""}, "model", "Must be the name of a model, or an object"),
        ({"model": {}}, "model", "Must be the name of a model, or an object"),
        ({"model": "{}"}, "model", "Must be the name of a model, or an object"),
        ({"model": '{"text": 3}'}, "model", "Must be the name of a model, or an object"),
        ({"model": '{"text"'}, "model", "Must be the name of a model, or an object"),
        ({"model": {"video": "x"}}, "model", "Must be one of"),
        ({"model": 3.5}, "model", "Must be text or an object, got a number"),
        ({"model": ["good"]}, "model", "Must be text or an object, got a list"),
        ({"model": {"text": [3]}}, "model", "Must be text"),
        ({"model": "x" * 1000}, "model", "There is no model of this name: they are text and good."),
        ({"text-model": ""}, "text-model", "There is no model of this name"),
        ({"top_p": 0.4}, "top_p", "Unknown here: write it into `options`."),
        ({"tone": "glad"}, "tone", "Unknown; known here: prompt, tag,"),
    ],
)
async def test_an_unknown_model_is_refused_before_anything_is_queued(
    http: ClientSession, fields: Any, field: str, reason: str
) -> None:
    before = (await get(http, "/status"))["accepted"]
    status, problem = await post(http, "/content", json={"prompt": "p", "tag": "text"} | fields)
    assert (status, problem["type"]) == (400, "/problems#invalid-request")
    [error] = problem["errors"]
    assert error["name"] == field
    assert error["reason"].startswith(reason)
    assert (await get(http, "/status"))["accepted"] == before


async def newest(http: ClientSession) -> Any:
    """The record of the newest request."""
    [summary] = (await get(http, "/content?limit=1"))["requests"]
    return await get(http, f"/content/{summary['id']}?wait=60")


CHAT = {"messages": [{"role": "user", "content": "p"}]}


@pytest.mark.parametrize(
    ("path", "body", "wanted"),
    [
        ("/v1/chat/completions", CHAT | {"model": "good"}, "good"),
        ("/v1/chat/completions", CHAT | {"model": "flux"}, "flux"),
        ("/v1/chat/completions", CHAT | {"model": "gpt-4o"}, "text"),
        ("/v1/responses", {"input": "p", "model": "good"}, "good"),
        ("/v1/responses", {"input": "p", "model": "anything"}, "text"),
        ("/v1/images/generations", {"prompt": "p", "model": "flux"}, "flux"),
        ("/v1/images/generations", {"prompt": "p", "model": "dall-e-3"}, "image"),
        ("/v1/text-to-image", {"inputs": "p", "model": "flux"}, "flux"),
        ("/replicate/v1/predictions", {"version": "good", "input": {"prompt": "p"}}, "good"),
        ("/replicate/v1/predictions", {"version": "me/flux:1", "input": {"prompt": "p"}}, "flux"),
        ("/replicate/v1/models/me/good/predictions", {"input": {"prompt": "p"}}, "good"),
        ("/fal/me/flux", {"prompt": "p"}, "flux"),
        ("/fal/me/good", {"prompt": "p"}, "good"),
    ],
)
async def test_every_door_chooses_a_configured_name(
    http: ClientSession, path: str, body: Any, wanted: str
) -> None:
    async with http.post(path, json=body) as answer:
        assert answer.status in {200, 201, 202}, await answer.text()
    record = await newest(http)
    assert (record["model"], record["wanted_model"]) == (wanted, wanted)


async def test_a_door_for_pictures_refuses_a_text_model(http: ClientSession) -> None:
    status, answer = await post(
        http, "/v1/images/generations", json={"prompt": "p", "model": "good"}
    )
    assert status == 400
    assert "good makes texts; others are image and flux." in answer["error"]["message"]


async def test_direct_calls_name_a_model_too(http: ClientSession) -> None:
    status, _ = await post(http, "/worker/text", json={"prompt": "p", "model": "good"})
    assert status == 200
    status, problem = await post(http, "/worker/text", json={"prompt": "p", "model": "flux"})
    assert (status, problem["detail"][:28]) == (400, "model: flux makes pictures; ")


async def test_the_models_are_listed(http: ClientSession) -> None:
    models = {model["name"]: model for model in (await get(http, "/models"))["models"]}
    assert [*models] == ["text", "image", "flux", "good"]
    good = models["good"]
    assert (good["kind"], good["generator"], good["default"]) == ("text", "simulated", False)
    assert (good["fallback"], good["state"], good["workers"]) == (["text"], "ready", 2)
    assert models["text"]["default"]
    assert good["wait_seconds"] in {0.0, None}
    names = [model["id"] for model in (await get(http, "/v1/models"))["data"]]
    assert names == ["text", "image", "instagram", "flux", "good"]


async def test_each_model_is_shown_and_can_be_paused(http: ClientSession) -> None:
    status, pool = await post(http, "/pools/good/pause")
    assert (status, pool["name"], pool["kind"], pool["paused"]) == (200, "good", "text", True)
    [state] = [m["state"] for m in (await get(http, "/models"))["models"] if m["name"] == "good"]
    assert state == "paused"
    ready = await get(http, "/readyz")
    assert (ready["ready"], [*ready["paused"]]) == (True, ["good"])
    async with http.get("/metrics") as answer:
        page = await answer.text()
    assert 'feedmill_pool_paused{kind="text",model="good"} 1.0' in page
    assert 'feedmill_pool_paused{kind="text"} 0.0' in page
    assert 'feedmill_workers_configured{kind="image",model="flux"} 1.0' in page
    assert (await post(http, "/pools/good/resume"))[1]["paused"] is False
    shown = await get(http, "/status")
    assert [*shown["pools"]] == ["text", "image", "flux", "good"]
    assert shown["streams"]["content:model:good"]["group"] == "good-workers"
    assert (await get(http, "/pools/good/queue"))["pool"] == "good"
    status, problem = await post(http, "/pools/nope/pause")
    assert (status, problem["detail"]) == (
        404, "There is no pool of this name: they are text, image, flux and good.",
    )  # fmt: skip
