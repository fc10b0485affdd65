"""`/v1` as OpenAI's own Python client uses it, unchanged."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from openai import AsyncOpenAI, AsyncStream, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletionMessageParam

from tests.support.running import Running, running_service
from tests.support.scripted_chat import DONE, USAGE, endpoint, event, stream
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hello"}]


@contextlib.asynccontextmanager
async def client_of(service: Running, key: str = "none") -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(
        base_url=f"{service.url}/v1",
        api_key=key,
        max_retries=0,
        timeout=HANGS_SECONDS,
        http_client=DefaultAsyncHttpxClient(verify=False),  # the tests have no certificates
    ) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Running) -> AsyncIterator[AsyncOpenAI]:
    async with client_of(service) as client:
        yield client


@pytest.mark.client_call("openai-python", "chat")
async def test_a_text_is_generated_and_its_request_is_stored(
    client: AsyncOpenAI, http: ClientSession
) -> None:
    answer = await client.chat.completions.create(model="gpt-4o-mini", messages=HELLO, seed=-7)
    [choice] = answer.choices
    assert choice.message.content == "generated text for Hello"
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert answer.model == "simulated-text"
    async with http.get(f"/content/{answer.id.removeprefix('chatcmpl-')}") as there:
        record = await there.json()
    assert (record["status"], record["prompt"], record["seed"]) == ("completed", "Hello", 2**31 - 7)


@pytest.mark.client_call("openai-python", "chat with `n`")
async def test_several_answers_have_seeds_that_follow(
    client: AsyncOpenAI, http: ClientSession
) -> None:
    answer = await client.chat.completions.create(model="x", messages=HELLO, n=3, seed=2**31 - 1)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    async with http.get("/content", params={"limit": "3"}) as there:
        ids = [item["id"] for item in (await there.json())["requests"]]
    seeds = []
    for id_ in reversed(ids):
        async with http.get(f"/content/{id_}") as there:
            seeds.append((await there.json())["seed"])
    assert seeds == [2**31 - 1, 0, 1]


@pytest.mark.client_call("openai-python", "chat, streamed")
async def test_a_streamed_text_is_complete_for_each_choice(client: AsyncOpenAI) -> None:
    chunks = [
        chunk
        async for chunk in await client.chat.completions.create(
            model="x",
            messages=HELLO,
            n=2,
            stream=True,
            stream_options={"include_usage": True},
        )
    ]
    texts = ["", ""]
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
    assert texts == ["generated text for Hello"] * 2
    assert [choice.delta.role for chunk in chunks[:2] for choice in chunk.choices] == [
        "assistant",
        "assistant",
    ]
    ended = [c.index for chunk in chunks for c in chunk.choices if c.finish_reason == "stop"]
    assert sorted(ended) == [0, 1]
    assert chunks[-1].choices == []
    assert len({chunk.id for chunk in chunks}) == 1
    assert {chunk.model for chunk in chunks} == {"simulated-text"}


@pytest.mark.client_call("openai-python", "chat, `chat.completions.stream`")
async def test_the_stream_helper_returns_the_whole_text(client: AsyncOpenAI) -> None:
    async with client.chat.completions.stream(model="x", messages=HELLO) as stream:
        whole = await stream.get_final_completion()
    assert whole.choices[0].message.content == "generated text for Hello"


@pytest.mark.client_call("openai-python", "chat, picture or both as Markdown")
async def test_a_post_and_a_picture_are_returned_as_markdown(
    client: AsyncOpenAI, http: ClientSession
) -> None:
    for model, lines in (("instagram", 5), ("image", 1)):
        answer = await client.chat.completions.create(model=model, messages=HELLO)
        content = answer.choices[0].message.content or ""
        assert len(content.splitlines()) == lines
        url = content.splitlines()[-1].partition("](")[2].removesuffix(")")
        async with http.get(url) as picture:
            assert picture.content_type == "image/png"


@pytest.mark.client_call("openai-python", "pictures, base64 and URL")
@pytest.mark.client_call("openai-python", "pictures, streamed")
async def test_pictures_are_returned_as_base64_or_url_in_any_format(
    client: AsyncOpenAI, http: ClientSession
) -> None:
    pictures = await client.images.generate(prompt="A fox", n=2, size="128x64")
    for image in pictures.data or []:
        assert base64.b64decode(image.b64_json or "").startswith(b"\x89PNG")
    formats = (("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF"))
    for wanted, beginning in formats:
        options: Any = {"output_format": wanted} if wanted != "png" else {}
        pictures = await client.images.generate(prompt="A fox", **options)
        assert base64.b64decode((pictures.data or [])[0].b64_json or "").startswith(beginning)
        pictures = await client.images.generate(prompt="A fox", response_format="url", **options)
        async with http.get(str((pictures.data or [])[0].url)) as picture:
            assert (picture.status, picture.content_type) == (200, f"image/{wanted}")
            assert (await picture.read()).startswith(beginning)
    events = [event async for event in await client.images.generate(prompt="A fox", stream=True)]
    assert [event.type for event in events] == ["image_generation.completed"]


@pytest.mark.client_call("openai-python", "models")
async def test_models_are_listed_and_an_unknown_one_is_not_found(client: AsyncOpenAI) -> None:
    names = [model.id async for model in client.models.list()]
    assert names == ["text", "image", "instagram"]
    assert (await client.models.retrieve("image")).id == "image"
    with pytest.raises(openai.NotFoundError) as refused:
        await client.models.retrieve("gpt-4o")
    assert refused.value.code == "model_not_found"


async def test_unknown_and_neutral_fields_are_ignored(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.create(
        model="x",
        messages=[{"role": "user", "content": [{"type": "text", "text": "ein Füchslein 🦊"}]}],
        top_p=1,
        presence_penalty=0,
        user="u-1",
        metadata={"a": "b"},
        response_format={"type": "text"},
        extra_body={"made_up": [1, 2]},
    )
    assert answer.choices[0].message.content == "generated text for ein Füchslein 🦊"


@pytest.mark.client_call("openai-python", "chat, whole conversation and its options")
async def test_the_conversation_reaches_the_model(tmp_path: Path) -> None:
    async with endpoint(
        stream(event("Bonjour"), event(finish_reason="stop"), USAGE, DONE)
    ) as model:
        settings = (
            "text.generator=openai",
            f"text.openai.base_url={model.url}",
            "text.openai.api_key_env=",
            "image.generator=simulated",
        )
        async with running_service(tmp_path, *settings) as service, client_of(service) as client:
            answer = await client.chat.completions.create(
                model="gpt-4o",
                messages=[
                    {"role": "developer", "content": "Speak French."},
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "content": "Salut"},
                    {"role": "user", "content": "Again"},
                ],
                stop=["END"],
                top_p=0.5,
                max_completion_tokens=7,
                response_format={"type": "json_object"},
            )
            names = [listed.id async for listed in client.models.list()]
    [body] = model.bodies
    assert body["messages"] == [
        {"role": "system", "content": "Speak French."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Salut"},
        {"role": "user", "content": "Again"},
    ]
    assert (body["stop"], body["top_p"], body["max_tokens"]) == (["END"], 0.5, 7)
    assert body["response_format"] == {"type": "json_object"}
    assert answer.choices[0].message.content == "Bonjour"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (9, 4)
    assert answer.model == "scripted-1"
    assert "gpt-4o-mini" in names


async def test_what_the_server_says_about_its_tokens_is_passed_on(tmp_path: Path) -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 5},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    words = (event("Hi"), event(finish_reason="stop"))
    detailed = stream(*words, event(choices=[], usage=usage), DONE)
    odd = {**usage, "prompt_tokens_details": [5], "completion_tokens_details": None}
    plain = stream(*words, event(choices=[], usage=odd), DONE)
    async with endpoint(detailed, detailed, plain, plain) as model:
        settings = (
            "text.generator=openai",
            f"text.openai.base_url={model.url}",
            "text.openai.api_key_env=",
            "image.generator=simulated",
        )
        async with running_service(tmp_path, *settings) as service, client_of(service) as client:
            details = []
            for _ in range(2):
                chat = await client.chat.completions.create(
                    model="gpt-4o", messages=[{"role": "user", "content": "Hi"}]
                )
                response = await client.responses.create(model="gpt-4o", input="Hi")
                assert chat.usage
                assert response.usage
                cached, thoughts = (
                    chat.usage.prompt_tokens_details,
                    chat.usage.completion_tokens_details,
                )
                details.append(
                    (
                        cached and cached.cached_tokens,
                        thoughts and thoughts.reasoning_tokens,
                        response.usage.input_tokens_details.cached_tokens,
                        response.usage.output_tokens_details.reasoning_tokens,
                    )
                )
    assert details == [(5, 3, 5, 3), (None, None, 0, 0)]


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.client_call("openai-python", "leaving cancels, queued and running")
async def test_a_client_that_leaves_cancels_its_requests(tmp_path: Path, is_stream: bool) -> None:
    record = tmp_path / "record"
    slow = ("text.simulated.delay=600", "text.workers=1", "service.drain=0")
    settings = (*SIMULATED, *slow, f"text.simulated.record={record}")
    async with (
        running_service(tmp_path, *settings) as service,
        client_of(service) as client,
        ClientSession(service.url) as http,
    ):

        async def states() -> list[str]:
            async with http.get("/content") as answer:
                return [item["status"] for item in (await answer.json())["requests"]]

        async def ask() -> None:
            answer = await client.chat.completions.create(
                model="x", messages=HELLO, n=2, stream=is_stream
            )
            if isinstance(answer, AsyncStream):
                async for _ in answer:
                    pass

        asking = asyncio.create_task(ask())

        async def is_running() -> bool:
            return sorted(await states()) == ["generating", "queued"]

        await eventually(is_running, "one runs, the other waits")
        asking.cancel()
        await asyncio.wait({asking})

        async def are_cancelled() -> bool:
            return await states() == ["cancelled", "cancelled"]

        await eventually(are_cancelled, "both are cancelled")
    assert len(record.read_text().splitlines()) == 1, "what waited never began"
