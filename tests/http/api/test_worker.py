"""`/worker`: one generation at once on this machine's pool, for those who may."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, ClientTimeout, web

from service.http.guards.access import is_loopback
from tests.support.outside import Outside, outside
from tests.support.raw_http import request
from tests.support.running import running_service
from tests.support.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_a_text_and_a_picture_are_generated_at_once(http: ClientSession) -> None:
    for how in ("params", "data", "json"):
        arguments: Any = {how: {"prompt": "ein Füchslein 🦊"}}
        async with http.post("/worker/text", **arguments) as answer:
            assert (await answer.json())["text"] == "generated text for ein Füchslein 🦊"
        async with http.post("/worker/image/", **arguments) as answer:
            path = (await answer.json())["imageUri"]
        async with http.get(path) as answer:
            assert answer.content_type == "image/png"


async def test_options_reach_the_generator(http: ClientSession) -> None:
    text = {"prompt": "p", "seed": 1, "instagram": True, "max_tokens": 5, "temperature": 0.5}
    async with http.post("/worker/text", json=text) as answer:
        assert "#" in (await answer.json())["text"]
    image = {"prompt": "p", "seed": "1", "instagram": "false", "size": "64x2048"}
    async with http.post("/worker/image", data=image) as answer:
        assert answer.status == 200


async def test_a_failed_generation_may_be_tried_again(tmp_path: Path) -> None:
    settings = (*SIMULATED, "text.simulated.failure_rate=1")
    async with (
        running_service(tmp_path, *settings) as service,
        ClientSession(service.url) as http,
        http.post("/worker/text", json={"prompt": "p"}) as answer,
    ):
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await answer.json(content_type=None))["error"]


async def test_with_a_token_other_callers_are_rejected(tmp_path: Path) -> None:
    token = {"MILL_TOKEN": "s3cret-ü"}
    settings = (*SIMULATED, "http.internal_token_env=MILL_TOKEN")
    async with (
        running_service(tmp_path, *settings, environment=token) as service,
        ClientSession(service.url) as http,
    ):
        for sent in ("", "Bearer", "Bearer ", "Bearer wrong", "s3cret-ü", "Basic s3cret-ü", "\xff"):
            headers = {"Authorization": sent} if sent else {}
            for path in ("/worker/text", "/worker/image/"):
                async with http.post(path, json={"prompt": "p"}, headers=headers) as answer:
                    assert answer.status == 401
                    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                    problem = await answer.json(content_type=None)
                    assert problem["type"] == "/problems#unauthorized"
                    assert "s3cret" not in str(problem)
        for scheme in ("Bearer", "bearer"):
            headers = {"Authorization": f"{scheme} s3cret-ü"}
            async with http.post("/worker/text", params={"prompt": "p"}, headers=headers) as answer:
                assert answer.status == 200
        assert not any("s3cret" in line for line in service.lines)


async def test_without_a_token_other_machines_are_rejected(tmp_path: Path) -> None:
    settings = (*SIMULATED, "http.host=0.0.0.0", "auth.required=false")
    async with (
        running_service(tmp_path, *settings) as service,
        ClientSession(service.url) as http,
        http.post("/worker/text", json={"prompt": "p"}) as answer,
    ):
        assert answer.status == 403
        assert (await answer.json(content_type=None))["type"] == "/problems#forbidden"


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - nothing is bound
        ("::", False),
        ("192.168.1.2", False),
        ("mill.example", False),
    ],
)
async def test_loopback_addresses_are_recognized(host: str, here: bool) -> None:
    assert is_loopback(host) is here


class Chat:
    """A chat server whose answers wait until they are let go."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.most = 0
        self.server: Outside | None = None

    async def answer(self, _request: web.BaseRequest) -> web.StreamResponse:
        assert self.server is not None
        self.most = max(self.most, self.server.in_hand)
        await self.go.wait()
        message = {"role": "assistant", "content": "words"}
        return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})


def chat_settings(server: Outside) -> tuple[str, ...]:
    return (
        "image.generator=simulated",
        "text.generator=openai",
        "text.workers=2",
        f"text.openai.base_url={server.url}/v1",
        "text.openai.model=m",
        "text.openai.api_key_env=",
    )


async def test_direct_calls_and_requests_share_the_workers(tmp_path: Path) -> None:
    chat = Chat()
    async with (
        outside(chat.answer) as chat.server,
        running_service(tmp_path, *chat_settings(chat.server)) as service,
        ClientSession(service.url) as http,
    ):

        async def ask(path: str, **fields: str) -> int:
            async with http.post(path, json={"prompt": "p", **fields}) as answer:
                return answer.status

        queued = [await ask("/content", tag="text") for _ in range(6)]
        direct = [asyncio.create_task(ask("/worker/text")) for _ in range(6)]
        await wait_until(
            lambda: chat.server and chat.server.in_hand == 2, "both workers are at work"
        )
        chat.go.set()
        assert queued == [202] * 6
        assert await asyncio.gather(*direct) == [200] * 6
        await wait_until(lambda: len(chat.server.requests) == 12, "all is generated")  # type: ignore[union-attr] # set above
        assert chat.most == 2


async def test_a_client_that_leaves_stops_its_generation(tmp_path: Path) -> None:
    chat = Chat()
    async with (
        outside(chat.answer) as chat.server,
        running_service(tmp_path, *chat_settings(chat.server)) as service,
    ):
        server = chat.server
        async with ClientSession(service.url, timeout=ClientTimeout(total=30)) as http:
            calls = [
                asyncio.create_task(http.post("/worker/text", json={"prompt": "p"}))
                for _ in range(4)  # two of them wait for a worker
            ]
            await wait_until(lambda: server.in_hand == 2, "both workers are at work")
            for task in calls:
                task.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        # on a slow machine a third one may reach a worker before it is cancelled
        await wait_until(
            lambda: server.in_hand == 0 and server.disconnected >= 2, "the generations stopped"
        )
        chat.go.set()
        async with (
            ClientSession(service.url) as http,
            http.post("/worker/text", json={"prompt": "p"}) as answer,
        ):
            assert answer.status == 200  # the workers are free again
        assert (
            server.disconnected == len(server.requests) - 1
        )  # every abandoned generation was stopped
        assert not [event for event in service.log_lines() if event["level"] == "error"]


async def test_an_accepted_request_is_completed_after_its_client_left(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED, "text.max_queued=20") as service:
        address = urlsplit(service.url)
        for _ in range(20):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(request("/content?prompt=p&tag=text"))
            writer.close()

        def ended(event: str) -> list[str]:
            return [line["request"] for line in service.log_lines() if line["event"] == event]

        with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
            rows = "SELECT count(*) FROM requests"
            await wait_until(
                lambda: database.execute(rows).fetchone()[0] == len(ended("finished")) > 0,
                "whatever was stored is finished",
            )
        assert sorted(ended("finished")) == sorted(set(ended("finished")))
