"""`/v1/responses` as OpenAI's own Python client uses it, unchanged."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import openai
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from openai import AsyncOpenAI
from openai.types.responses import Response, ResponseStreamEvent
from openai.types.webhooks import ResponseCancelledWebhookEvent, ResponseCompletedWebhookEvent

from service.config import HttpConfig
from service.http.openai.responses.parameters import (
    CreateResponseParameters,
    ResponseTool,
    options_of,
)
from service.http.openai.responses.record import begun
from service.store.sql.requests.request_records import Request
from tests.http.openai.test_official_client import SIMULATED, client_of
from tests.support.hold import Hold
from tests.support.outside import outside
from tests.support.receivers import Receiver, requests_to
from tests.support.running import Running, running_service
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEXT_EVENTS = [
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[AsyncOpenAI]:
    async with client_of(service) as client:
        yield client


async def ended(client: AsyncOpenAI, id_: str) -> Response:
    async def there() -> Response | None:
        response = await client.responses.retrieve(id_)
        return None if response.status in {"queued", "in_progress"} else response

    return await eventually(there, "the response is final")


@pytest.mark.client_call("openai-python", "responses")
async def test_a_text(client: AsyncOpenAI, http: ClientSession) -> None:
    response = await client.responses.create(
        model="gpt-4o", input="Hello", instructions="Be brief.", metadata={"a": "b"}
    )
    assert response.output_text == "generated text for Hello"
    assert (response.status, response.model) == ("completed", "simulated-text")
    again = await client.responses.retrieve(response.id)
    assert again == response
    assert (again.metadata, again.instructions) == ({"a": "b"}, "Be brief.")
    async with http.get(f"/content/{response.id.removeprefix('resp_')}") as there:
        assert (await there.json())["prompt"] == "Hello"


@pytest.mark.client_call("openai-python", "responses, tool `image_generation`")
async def test_a_text_with_a_picture(client: AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="x", input="A fox", tools=[{"type": "image_generation"}]
    )
    message, picture = response.output
    assert message.type == "message"
    assert picture.type == "image_generation_call"
    assert base64.b64decode(picture.result or "").startswith(b"\x89PNG")
    events = [
        one
        async for one in await client.responses.create(
            model="instagram", input="A fox", stream=True
        )
    ]
    last = events[-1]
    assert last.type == "response.completed"
    assert [item.type for item in last.response.output] == ["message", "image_generation_call"]


@pytest.mark.client_call("openai-python", "responses, tool `image_generation`")
async def test_the_tool_says_how_to_draw(client: AsyncOpenAI) -> None:
    tool: Any = {"type": "image_generation", "size": "1024x1536", "output_format": "jpeg"}
    response = await client.responses.create(model="x", input="A fox", tools=[tool])
    picture = response.output[1]
    assert picture.type == "image_generation_call"
    assert base64.b64decode(picture.result or "").startswith(b"\xff\xd8")
    assert [one.model_dump(exclude_unset=True) for one in response.tools] == [tool]
    tools = [msgspec.convert(tool, ResponseTool)]
    parameters = CreateResponseParameters(input="A fox", tools=tools)
    assert options_of(parameters, [], HttpConfig())["size"] == "1024x1536"


async def test_a_tool_that_may_not_be_used_is_not(client: AsyncOpenAI) -> None:
    response = await client.responses.create(
        model="x", input="A fox", tools=[{"type": "image_generation"}], tool_choice="none"
    )
    assert [item.type for item in response.output] == ["message"]


async def test_the_wanted_form_is_returned() -> None:
    form = {"format": {"type": "json_schema", "name": "n", "schema": {}}, "verbosity": "low"}
    parameters = CreateResponseParameters(input="A fox", text=form)
    options = options_of(parameters, [], HttpConfig())
    assert begun(Request("1", "text", "A fox", 1, 0.0, options)).text == form


async def test_unknown_fields_of_a_query_are_ignored(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="x", input="Hello")
    twice: Any = ["reasoning.encrypted_content", "message.input_image.image_url"]
    assert await client.responses.retrieve(response.id, include=twice) == response
    more = {"api-version": "2026-11-01"}
    assert await client.responses.cancel(response.id, extra_query=more) == response
    assert (await client.models.retrieve("text", extra_query=more)).id == "text"
    names = [model.id async for model in client.models.list(extra_query=more)]
    assert "text" in names


@pytest.mark.client_call("openai-python", "responses, streamed and resumed by `starting_after`")
async def test_a_stream_and_its_second_half(client: AsyncOpenAI) -> None:
    made = await client.responses.create(
        model="x",
        input=[{"role": "user", "content": [{"type": "input_text", "text": "Hello"}]}],
        stream=True,
        background=True,
    )
    events: list[ResponseStreamEvent] = [one async for one in made]
    assert [one.type for one in events] == TEXT_EVENTS
    numbers = [one.sequence_number for one in events]
    assert numbers == sorted(set(numbers))
    first: Any = events[0]
    for at in range(len(events) - 1):
        rest = await client.responses.retrieve(
            first.response.id, stream=True, starting_after=numbers[at]
        )
        assert [one async for one in rest] == events[at + 1 :]


@pytest.mark.client_call("openai-python", "responses, `responses.stream`")
async def test_the_stream_helper(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model="x", input="Hello") as stream:
        async for _ in stream:
            pass
        assert (await stream.get_final_response()).output_text == "generated text for Hello"


@pytest.mark.client_call("openai-python", "responses in the background, over kill -9")
async def test_the_background_survives_a_kill(tmp_path: Path) -> None:
    held = (*SIMULATED, Hold(tmp_path).texts)
    async with running_service(tmp_path, *held) as service, client_of(service) as client:
        waiting = await client.responses.create(model="x", input="Hello", background=True)
        assert waiting.status == "queued"
        stream = await client.responses.retrieve(waiting.id, stream=True)
        seen: list[ResponseStreamEvent] = []
        async for event in stream:
            seen.append(event)
            if event.type == "response.output_text.delta":
                break
        await stream.close()
        await service.kill()
    async with running_service(tmp_path, *SIMULATED) as service, client_of(service) as client:
        rest = await client.responses.retrieve(
            waiting.id, stream=True, starting_after=seen[-1].sequence_number
        )
        events = [*seen, *[one async for one in rest]]
        text = "".join(one.delta for one in events if one.type == "response.output_text.delta")
        assert text == "generated text for Hello"
        assert events[-1].type == "response.completed"
        assert (await client.responses.cancel(waiting.id)).status == "completed"


@pytest.mark.client_call("openai-python", "responses, cancel")
async def test_a_cancelled_response_stays_cancelled(tmp_path: Path) -> None:
    slow = (*SIMULATED, "text.simulated.delay=600", "service.drain=0")
    async with running_service(tmp_path, *slow) as service, client_of(service) as client:
        waiting = await client.responses.create(model="x", input="Hello", background=True)
        for _ in range(2):
            assert (await client.responses.cancel(waiting.id)).status == "cancelled"
        assert (await ended(client, waiting.id)).output == []


@pytest.mark.client_call("openai-python", "error classes")
async def test_a_failed_response_says_why(tmp_path: Path) -> None:
    failing = (*SIMULATED, "text.simulated.failure_rate=1", "text.attempts=1")
    async with running_service(tmp_path, *failing) as service, client_of(service) as client:
        with pytest.raises(openai.UnprocessableEntityError):
            await client.responses.create(model="x", input="Hello")
        waiting = await client.responses.create(model="x", input="Hello", background=True)
        failed = await ended(client, waiting.id)
        assert failed.status == "failed"
        assert failed.error
        assert failed.error.message


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": " "}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"text": {"format": {"type": "json_object"}}}, "text"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"tools": [{"type": "image_generation", "size": "9x9"}]}, "tools"),
        ({"tools": [{"type": "image_generation", "output_format": "gif"}]}, "tools"),
        ({"tools": [{"type": "image_generation", "background": "transparent"}]}, "tools"),
        ({"tools": [{"type": "image_generation", "input_image_mask": {"file_id": "f"}}]}, "tools"),
        ({"metadata": {"a": "b" * 513}}, "metadata"),
        ({"extra_body": {"n": 2}}, "n"),
        ({"text": {"format": {"type": []}}}, "text"),
        ({"instructions": "p" * 10_000}, "input"),
        ({"instructions": "a\0b"}, "input"),
        ({"model": "m" * 201}, "model"),
        ({"input": [{"role": "user", "content": "a"}] * 1001}, "input"),
    ],
)
@pytest.mark.client_call("openai-python", "error classes")
async def test_refused_fields_are_named(
    client: AsyncOpenAI, fields: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(**{"model": "x", "input": "Hello", **fields})
    assert refused.value.param == param


@pytest.mark.client_call("openai-python", "error classes")
async def test_an_unknown_response_is_not_found(client: AsyncOpenAI) -> None:
    for call in (client.responses.retrieve, client.responses.cancel):
        with pytest.raises(openai.NotFoundError):
            await call("resp_unknown")


@pytest.mark.client_call("openai-python", "webhooks, `webhooks.unwrap`")
async def test_webhooks_are_events_that_the_client_unwraps(tmp_path: Path) -> None:
    limits = ('webhooks.allow=["127.0.0.0/8"]', "text.attempts=1", "text.simulated.delay=600")
    async with (
        outside(Receiver()) as world,
        running_service(tmp_path, *SIMULATED, *limits) as service,
        client_of(service) as client,
    ):
        extra = {"webhook": f"{world.url}/hook"}
        cancelled = await client.responses.create(
            model="x", input="Hello", background=True, extra_body=extra
        )
        await client.responses.cancel(cancelled.id)
        await client.images.generate(prompt="Hello", extra_body=extra)
        await wait_until(lambda: len(requests_to(world, "/hook")) == 2, "both are sent")
        secret = (tmp_path / "data" / "webhook-secret").read_text().strip()
        events = [
            client.webhooks.unwrap(sent.body, sent.headers, secret=secret)
            for sent in requests_to(world, "/hook")
        ]
        assert [event.type for event in events] == ["response.cancelled", "response.completed"]
        assert isinstance(events[0], ResponseCancelledWebhookEvent)
        assert isinstance(events[1], ResponseCompletedWebhookEvent)
        assert events[0].data.id == cancelled.id
        drawn = await client.responses.retrieve(events[1].data.id)
        assert [item.type for item in drawn.output] == ["image_generation_call"]
