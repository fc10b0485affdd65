"""What `/v1` refuses, and what fails: the error classes of OpenAI's own Python client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from openai import AsyncOpenAI

from tests.http.openai.test_official_client import HELLO, SIMULATED, client_of
from tests.support import api_keys
from tests.support.running import Running, running_service
from tests.support.scripted_chat import DONE, endpoint, event, refusal, stream

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[AsyncOpenAI]:
    async with client_of(service) as client:
        yield client


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
        ({"messages": [{"role": "user", "content": "a\0b"}]}, "messages"),
        ({"messages": [{"role": "user", "content": "p" * 10_001}]}, "messages"),
        ({"messages": [{"role": "tool", "content": "p", "tool_call_id": "1"}]}, "messages"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages",
        ),
        ({"messages": [{"role": "user", "content": "a"}] * 1001}, "messages"),
        ({"model": "m" * 201}, "model"),
        ({"stop": ["a"] * 5}, "stop"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "n" * 10_000}}},
            "response_format",
        ),
        ({"n": 9}, "n"),
        ({"stop": ["\n"]}, "stop"),
        ({"top_p": 0.5}, "top_p"),
        ({"logprobs": True}, "logprobs"),
        ({"temperature": 3}, "temperature"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"extra_body": {"publish": True}}, "user-id"),
        ({"extra_body": {"webhook": "nonsense"}}, "webhook"),
        ({"extra_body": {"priority": "now"}}, "priority"),
    ],
)
@pytest.mark.client_call("openai-python", "error classes")
async def test_refused_fields_are_named(
    client: AsyncOpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(**{"model": "x", "messages": HELLO, **fields})
    assert refused.value.param == param
    assert refused.value.code == "invalid_request"
    assert refused.value.request_id


@pytest.mark.client_call("openai-python", "error classes")
async def test_what_fails_for_good_is_not_tried_again(tmp_path: Path) -> None:
    settings = (*SIMULATED, "text.simulated.failure_rate=1", "text.attempts=1")
    async with running_service(tmp_path, *settings) as service, client_of(service) as client:
        with pytest.raises(openai.UnprocessableEntityError) as failed:
            await client.chat.completions.create(model="x", messages=HELLO)
        assert failed.value.code == "generation_failed"
        with pytest.raises(openai.APIError, match=r"simulated|failed"):
            async for _ in await client.chat.completions.create(
                model="x", messages=HELLO, stream=True
            ):
                pass


@pytest.mark.client_call("openai-python", "error classes")
async def test_keys_and_limits_are_errors_that_clients_know(tmp_path: Path) -> None:
    settings = (*SIMULATED, "text.simulated.delay=600", "text.max_queued=1", "service.drain=0")
    key = api_keys.create(tmp_path / "data" / "feedmill.db", "reader", ["feed"])
    writer = api_keys.create(tmp_path / "data" / "feedmill.db", "writer", ["content"])
    async with running_service(tmp_path, *settings) as service:
        async with client_of(service, "wrong") as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                await client.models.list()
        assert refused.value.code == "invalid_api_key"
        async with client_of(service, key) as client:
            with pytest.raises(openai.PermissionDeniedError):
                await client.models.list()
        async with client_of(service, writer) as client:
            with pytest.raises(openai.RateLimitError) as full:  # two, and there is room for one
                await client.chat.completions.create(model="x", messages=HELLO, n=2)
            assert full.value.code == "queue_full"
            assert full.value.response.headers["Retry-After"]
        async with (
            ClientSession(service.url) as http,
            http.get("/content", headers={"Authorization": f"Bearer {writer}"}) as answer,
        ):
            assert (await answer.json())["requests"] == []


@pytest.mark.client_call("openai-python", "chat, a model that fails once, and one that refuses")
async def test_a_failure_is_repeated_and_a_refusal_is_final(tmp_path: Path) -> None:
    refused = event(choices=[{"index": 0, "delta": {"refusal": "I cannot."}}])
    answers = (refusal(500), stream(event("Bonjour"), event(finish_reason="stop"), DONE))
    async with endpoint(*answers, stream(refused, DONE)) as model:
        settings = (
            "text.generator=openai",
            f"text.openai.base_url={model.url}",
            "text.openai.api_key_env=",
            "text.backoff=0.1",
            "image.generator=simulated",
        )
        async with running_service(tmp_path, *settings) as service, client_of(service) as client:
            answer = await client.chat.completions.create(model="x", messages=HELLO)
            assert answer.choices[0].message.content == "Bonjour"
            with pytest.raises(openai.UnprocessableEntityError) as failed:
                await client.chat.completions.create(model="x", messages=HELLO)
            assert failed.value.code == "generation_failed"
    assert len(model.bodies) == 3


@pytest.mark.client_call(
    "openai-python", "embeddings, files, batches, audio", why_not="not here: 404 (`NotFoundError`)"
)
async def test_what_is_not_here_is_not_found(client: AsyncOpenAI) -> None:
    for call in (
        client.embeddings.create(model="x", input="Hello"),
        client.files.create(file=b"{}", purpose="batch"),
        client.batches.retrieve("batch_1"),
        client.audio.speech.create(model="x", voice="alloy", input="Hello"),
    ):
        with pytest.raises(openai.NotFoundError) as refused:
            await call
        assert refused.value.code == "not_found"
        assert refused.value.request_id


@pytest.mark.client_call(
    "openai-python",
    "chat with tools, audio, log probabilities, pictures as input",
    why_not="refused: 400 names the field (`BadRequestError`)",
)
async def test_what_would_change_the_answer_is_refused(client: AsyncOpenAI) -> None:
    picture = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]
    for name, fields in (
        ("tools", {"tools": [{"type": "function", "function": {"name": "f"}}]}),
        ("modalities", {"modalities": ["text", "audio"]}),
        ("logprobs", {"logprobs": True}),
        ("messages", {"messages": [{"role": "user", "content": picture}]}),
    ):
        chat: dict[str, Any] = {"model": "x", "messages": HELLO, **fields}
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(**chat)
        assert refused.value.param == name
