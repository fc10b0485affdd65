"""`/v1/text-to-image` as huggingface_hub's client uses it, unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from huggingface_hub import AsyncInferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.support.outside import outside
from tests.support.receivers import Receiver, bodies_to
from tests.support.running import Running, running_service
from tests.support.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")  # this client reads the certificates, though it needs none


def client_of(service: Running, key: str = "none") -> AsyncInferenceClient:
    return AsyncInferenceClient(base_url=f"{service.url}/v1/text-to-image", api_key=key)


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[AsyncInferenceClient]:
    async with client_of(service) as client:
        yield client


@pytest.mark.client_call("huggingface", "text_to_image")
async def test_a_picture(client: AsyncInferenceClient, http: ClientSession) -> None:
    picture = await client.text_to_image(
        "A fox", width=128, height=64, seed=-7, extra_body={"user-id": "hf", "made_up": 1}
    )
    assert (picture.format, picture.size) == ("PNG", (8, 8))
    async with http.get("/content", params={"limit": "1"}) as answer:
        [listed] = (await answer.json())["requests"]
    async with http.get(f"/content/{listed['id']}") as answer:
        record = await answer.json()
    assert (record["prompt"], record["seed"], record["user_id"]) == ("A fox", 2**31 - 7, "hf")


@pytest.mark.parametrize(
    ("accept", "beginning"),
    [
        ("image/jpeg", b"\xff\xd8"),
        ("image/webp, */*", b"RIFF"),
        ("*/*", b"\x89PNG"),
        ("image/jpeg;q=0.3, image/webp;q=0.9", b"RIFF"),
        ("image/webp;q=0, image/*", b"\x89PNG"),
        ("application/json", b"\x89PNG"),
    ],
)
async def test_the_format_that_is_accepted(
    http: ClientSession, accept: str, beginning: bytes
) -> None:
    body = {"inputs": "A fox"}
    async with http.post("/v1/text-to-image", json=body, headers={"Accept": accept}) as answer:
        assert (await answer.read()).startswith(beginning)
        assert answer.content_type.startswith("image/")
        assert answer.headers["x-request-id"]


async def test_a_webhook_has_the_whole_address_of_the_picture(tmp_path: Path) -> None:
    settings = ("image.generator=simulated", 'webhooks.allow=["127.0.0.0/8"]')
    async with (
        outside(Receiver()) as world,
        running_service(tmp_path, *settings) as service,
        ClientSession(service.url) as http,
    ):
        hook = {"inputs": "A fox", "webhook": f"{world.url}/hook"}
        async with http.post("/v1/text-to-image", json=hook) as answer:
            assert answer.status == 200, await answer.text()
        await wait_until(lambda: bool(bodies_to(world, "/hook")), "the webhook is sent")
        [body] = bodies_to(world, "/hook")
        assert body["type"] == "content.completed"
        address = body["data"]["imageUri"]
        assert address.startswith(f"{service.url}/media/")
        async with http.get(address) as answer:
            assert answer.content_type.startswith("image/")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"inputs": ""}, "inputs"),
        ({"inputs": ["a"]}, "inputs"),
        ({"parameters": []}, "parameters"),
        ({"parameters": {"width": 1}}, "width"),
        ({"parameters": {"negative_prompt": "people"}}, "negative_prompt"),
        ({"publish": True}, "user-id"),
    ],
)
async def test_refused_fields_are_named(
    http: ClientSession, fields: dict[str, Any], name: str
) -> None:
    async with http.post("/v1/text-to-image", json={"inputs": "A fox", **fields}) as answer:
        refused = await answer.json()
    assert (answer.status, refused["errors"][0]["name"]) == (400, name)


@pytest.mark.client_call("huggingface", "errors")
async def test_errors_have_their_sentence(client: AsyncInferenceClient) -> None:
    with pytest.raises(HfHubHTTPError, match="width: Must be an integer >= 64") as refused:
        await client.text_to_image("A fox", width=1)
    assert refused.value.response.status_code == 400
