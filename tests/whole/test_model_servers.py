"""Model servers that are away, refuse the key or load: what users wait for and operators see."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from tests.support.outside import Outside, outside, says, unused_url
from tests.support.running import Running, command, running_service, spawn
from tests.support.waiting import eventually

KEY = "sk-very-secret-0123"
TEXT = {"choices": [{"message": {"content": "Rain in Lisbon."}, "finish_reason": "stop"}]}
LOADING = {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}


class ModelServer:
    """Lists its models, and answers every chat with `status` and `body`."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = TEXT
        self.chats = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({"data": []})
        self.chats += 1
        return web.json_response(self.body, status=self.status)


def settings(server: Outside) -> tuple[str, ...]:
    return (
        "text.generator=openai",
        f"text.openai.base_url={server.url}/v1",
        "text.openai.api_key_env=TEXT_KEY",
        "image.generator=simulated",
        "auth.required=false",
    )


async def get(http: ClientSession, path: str) -> Any:
    async with http.get(path) as answer:
        return await answer.json(content_type=None)


async def submitted(http: ClientSession) -> str:
    async with http.post("/content", json={"prompt": "Rain", "tag": "text"}) as answer:
        assert answer.status == 202
        return str((await answer.json())["RequestId"])


async def test_a_request_waits_while_its_server_loads_even_across_a_kill(tmp_path: Path) -> None:
    model = ModelServer()
    model.status, model.body = 503, LOADING
    environment = {"TEXT_KEY": KEY}
    async with outside(model.answer) as server:
        service = await spawn(tmp_path, *settings(server), environment=environment)
        url = (await service.logged("ready"))["url"]
        async with ClientSession(url) as http:
            id_ = await submitted(http)
            await service.logged("waiting for the generator")
            problem = await get(http, "/readyz")
            assert "text service" in problem["waiting_for"]["text-workers"]
            assert (await get(http, "/healthz"))["alive"]
            pool = (await get(http, "/status"))["pools"]["text"]
            assert pool["breaker"] == "open"
            assert pool["breaker_until"]
            assert pool["trouble"] == problem["waiting_for"]["text-workers"]
        await service.kill()
        before = model.chats
        again = running_service(tmp_path, *settings(server), environment=environment)
        async with again as service, ClientSession(service.url) as http:

            async def tried() -> bool:
                return model.chats >= before + 4

            await eventually(tried, "it is tried more often than it has attempts")
            assert (await get(http, f"/content/{id_}"))["status"] in ("queued", "generating")
            model.status, model.body = 200, TEXT
            record = await get(http, f"/content/{id_}?wait=60")
            assert (record["status"], record["text"]) == ("completed", "Rain in Lisbon.")
            async with http.get("/readyz") as answer:
                assert answer.status == 200


async def test_operators_see_what_a_model_server_said_and_users_a_sentence(tmp_path: Path) -> None:
    model = ModelServer()
    model.status = 401
    model.body = {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": "bad_key"}}
    async with (
        outside(model.answer) as server,
        running_service(tmp_path, *settings(server), environment={"TEXT_KEY": KEY}) as service,
        ClientSession(service.url) as http,
    ):
        id_ = await submitted(http)
        record = await get(http, f"/content/{id_}?wait=60")
        sentence = "The text service did not accept the configured API key."
        assert record["error"] == f"text: {sentence}"
        assert server.url not in json.dumps(record)
        [letter] = (await get(http, "/dead-letters"))["dead_letters"]
        [attempt] = letter["history"]
        assert attempt["reason"] == sentence
        assert attempt["detail"].startswith(f"{server.url}/v1/chat/completions: 401 Incorrect")
        problem = await get(http, "/readyz")
        assert problem["waiting_for"] == {"text-workers": sentence}
        line = await service.logged("attempt failed")
        assert line["detail"] == attempt["detail"]
        assert KEY not in json.dumps([letter, problem, service.lines])


async def test_the_servers_of_a_remote_pool_are_shown(tmp_path: Path) -> None:
    gone = unused_url()
    async with outside(says({"text": "Rain."})) as server:
        remote = (
            "text.generator=remote",
            f'text.remote.urls=["{server.url}","{gone}"]',
            "image.generator=simulated",
            "auth.required=false",
        )
        async with running_service(tmp_path, *remote) as service:
            await see_servers(service, server, gone, tmp_path)


async def see_servers(service: Running, server: Outside, gone: str, tmp_path: Path) -> None:
    async with ClientSession(service.url) as http:
        line = await service.logged("server is away")
        assert line["server"] == gone
        async with http.get("/readyz") as answer:
            assert answer.status == 200  # one of them is up
        servers = (await get(http, "/status"))["pools"]["text"]["servers"]
        shown = [{name: server[name] for name in ("url", "up", "jobs")} for server in servers]
        assert shown == [
            {"url": server.url, "up": True, "jobs": 0},
            {"url": gone, "up": False, "jobs": 0},
        ]
        result = await asyncio.to_thread(command, tmp_path, "status", "--server", service.url)
        assert f"text: {server.url} is up, 0 jobs in hand, limit 2, 0 refused\n" in result.stdout
        assert f"text: {gone} is away, 0 jobs in hand, limit 2, 0 refused\n" in result.stdout
        async with http.get("/metrics") as answer:
            metrics = await answer.text()
        assert f'feedmill_server_up{{kind="text",server="{gone}"}} 0.0' in metrics
        assert f'feedmill_server_up{{kind="text",server="{server.url}"}} 1.0' in metrics
        assert f'feedmill_server_jobs{{kind="text",server="{server.url}"}} 0.0' in metrics
        assert 'feedmill_generator_ready{kind="text"} 1.0' in metrics
        assert 'feedmill_breaker_until_timestamp_seconds{kind="text"} 0.0' in metrics


async def test_a_remote_pool_without_a_server_is_not_ready(tmp_path: Path) -> None:
    remote = (
        "text.generator=remote",
        f'text.remote.urls=["{unused_url()}"]',
        "image.generator=simulated",
        "auth.required=false",
    )
    async with running_service(tmp_path, *remote) as service, ClientSession(service.url) as http:
        # the start does not wait for it, and says it
        assert (await service.logged("generator cannot work"))["pool"] == "text-workers"
        reason = "No remote text service can be reached."
        assert (await get(http, "/readyz"))["waiting_for"] == {"text-workers": reason}
        assert (await get(http, "/status"))["waiting_for"] == {"text-workers": reason}
        result = await asyncio.to_thread(command, tmp_path, "status", "--server", service.url)
        assert f"text: {reason}\n" in result.stdout
