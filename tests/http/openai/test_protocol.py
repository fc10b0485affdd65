"""`/v1` beneath its clients: request ids, streams without ids, refused streams, many clients."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import openai
import pytest
from aiohttp import ClientSession

from tests.http.openai.test_official_client import HELLO, SIMULATED, client_of
from tests.support.hold import Hold
from tests.support.running import Running, running_service, spawn
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW = (*SIMULATED, "text.simulated.delay=600", "text.workers=1", "service.drain=0")
CHAT = {"model": "x", "messages": [{"role": "user", "content": "Hello"}]}
RESPONSE = {"model": "x", "input": "Hello"}


async def test_every_answer_has_a_request_id(http: ClientSession) -> None:
    for method, path, body, status in (
        ("POST", "chat/completions", CHAT, 200),
        ("POST", "chat/completions", {**CHAT, "stream": True}, 200),
        ("POST", "responses", RESPONSE, 200),
        ("POST", "responses", {**RESPONSE, "background": True}, 200),
        ("POST", "images/generations", {"prompt": "fox"}, 200),
        ("GET", "models", None, 200),
        ("GET", "models/text", None, 200),
        ("GET", "models/gpt-4o", None, 404),
        ("GET", "responses/resp_1", None, 404),
        ("POST", "chat/completions", {}, 400),
        ("POST", "embeddings", {}, 404),
        ("DELETE", "models", None, 405),
    ):
        async with http.request(method, f"/v1/{path}", json=body) as answer:
            assert answer.status == status, (method, path, await answer.text())
            assert answer.headers.get("x-request-id"), (method, path)
            if status >= 400:
                assert {"message", "type", "param", "code"} == {*(await answer.json())["error"]}
    async with http.post("/v1/responses", data=b"{") as answer:
        assert answer.headers["x-request-id"]
        assert (await answer.json())["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(("path", "body"), [("chat/completions", CHAT), ("responses", RESPONSE)])
async def test_a_stream_has_neither_ids_nor_a_pause(
    http: ClientSession, path: str, body: dict[str, object]
) -> None:
    async with http.post(f"/v1/{path}", json={**body, "stream": True}) as answer:
        lines = (await answer.text()).splitlines()
    names = {line.partition(":")[0] for line in lines if line}
    assert names <= {"", "data", "event"}, "a comment, or one of these"


async def test_a_background_stream_that_is_refused_leaves_no_request(tmp_path: Path) -> None:
    settings = (*SLOW, "http.max_connections=4")
    async with running_service(tmp_path, *settings) as service, client_of(service) as client:

        async def stream() -> openai.AsyncStream[object]:
            return await client.responses.create(  # type: ignore[return-value] # its events are any
                model="x", input="Hello", background=True, stream=True
            )

        streams = [await stream() for _ in range(3)]
        with pytest.raises(openai.RateLimitError) as refused:
            await stream()
        assert refused.value.code == "too_many_connections"
        async with ClientSession(service.url) as http, http.get("/content") as answer:
            states = [item["status"] for item in (await answer.json())["requests"]]
        assert states[0] == "cancelled"
        assert len(states) == len(streams) + 1
        assert "cancelled" not in states[1:]
        for open_stream in streams:
            await open_stream.close()


async def test_each_of_n_takes_a_token(tmp_path: Path) -> None:
    settings = (*SIMULATED, "limits.rate=0.01", "limits.burst=8")
    async with running_service(tmp_path, *settings) as service, client_of(service) as client:
        counted = await client.chat.completions.with_raw_response.create(
            model="x", messages=HELLO, n=5
        )
        assert counted.headers["RateLimit"].startswith('"requests";r=3;')
        with pytest.raises(openai.RateLimitError) as refused:
            await client.images.generate(prompt="fox", n=4)
        assert refused.value.code == "rate_limited"
        assert refused.value.response.headers["Retry-After"]
        async with ClientSession(service.url) as http, http.get("/content") as answer:
            assert len((await answer.json())["requests"]) == 5, "all of n or none"
        assert refused.value.response.headers["RateLimit"].startswith('"requests";r=2;')
        await client.images.generate(prompt="fox", n=2)


@pytest.mark.client_call("openai-python", "50 clients at once")
async def test_fifty_clients_at_once(service: Running) -> None:
    async def ask(number: int) -> str | None:
        async with client_of(service) as client:
            prompt = f"fox {number}"
            if number % 2:
                answer = await client.responses.create(model="x", input=prompt)
                return answer.output_text
            async with client.chat.completions.stream(
                model="x", messages=[{"role": "user", "content": prompt}]
            ) as stream:
                return (await stream.get_final_completion()).choices[0].message.content

    texts = await asyncio.gather(*(ask(number) for number in range(50)))
    assert texts == [f"generated text for fox {number}" for number in range(50)]


@pytest.mark.client_call("openai-python", "a background stream resumed by another process")
async def test_another_process_resumes_a_stream_after_kill_9(
    tmp_path: Path, redis_url: str
) -> None:
    settings = (*SIMULATED, f"redis.url={redis_url}", "text.simulated.delay=1", "service.lease=2")
    first = await spawn(tmp_path, *settings, "service.node=first")
    first.url = (await first.logged("ready"))["url"]
    async with (
        running_service(tmp_path, *settings, "service.node=second") as second,
        client_of(first) as client,
        client_of(second) as other,
    ):
        numbers, text, id_ = [], "", ""
        events = await client.responses.create(
            model="x", input="words worth the wait", background=True, stream=True
        )
        async for event in events:
            numbers.append(event.sequence_number)
            if event.type == "response.created":
                id_ = event.response.id
            if event.type == "response.output_text.delta":
                text += event.delta
                break
        await first.kill()
        await events.close()
        async for event in await other.responses.retrieve(
            id_, stream=True, starting_after=numbers[-1]
        ):
            numbers.append(event.sequence_number)
            if event.type == "response.output_text.delta":
                text += event.delta
        assert event.type == "response.completed"
        assert numbers == sorted({*numbers})
        assert text == "generated text for words worth the wait"


async def test_ten_thousand_characters_of_any_kind(service: Running, http: ClientSession) -> None:
    prompt = "🦊é中" * 3333
    async with client_of(service) as client:
        answer = await client.chat.completions.create(
            model="x", messages=[{"role": "user", "content": prompt}]
        )

        async def stored() -> bool:
            id_ = answer.id.removeprefix("chatcmpl-")
            async with http.get(f"/content/{id_}") as there:
                return bool((await there.json())["prompt"] == prompt)

        await eventually(stored, "the whole prompt is stored")


@pytest.mark.client_call("openai-python", "chat, streamed, broken by kill -9: an error, no end")
async def test_a_stream_of_a_killed_service_is_an_error(tmp_path: Path) -> None:
    first = await spawn(tmp_path, *SIMULATED, Hold(tmp_path).texts)
    first.url = (await first.logged("ready"))["url"]
    id_ = ""
    async with client_of(first) as client:
        stream = await client.chat.completions.create(model="x", messages=HELLO, stream=True)

        async def read() -> None:
            nonlocal id_
            async for chunk in stream:
                id_ = chunk.id.removeprefix("chatcmpl-")
                if chunk.choices[0].delta.content:
                    await first.kill()

        with pytest.raises((openai.APIError, httpx2.TransportError)):
            await read()
    async with (
        running_service(tmp_path, *SIMULATED) as second,
        ClientSession(second.url) as http,
        http.get(f"/content/{id_}", params={"wait": "20"}) as answer,
    ):
        assert (await answer.json())["text"] == "generated text for Hello"
