"""`run.py mcp`, with the client of the official SDK over standard input and output."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.client import ConnectMode
from mcp_types import CallToolResult, ImageContent, TextContent
from PIL import Image

from feedmill.client import AsyncFeedmill
from service.commands.mcp_server.tools import server_of
from tests.support import api_keys
from tests.support.running import HOME, Running, command, running_service
from tests.support.waiting import HANGS_SECONDS, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

Report = tuple[float, float | None, str | None]
SIMULATED = ("text.generator=simulated", "image.generator=simulated")


@asynccontextmanager
async def agent(url: str, mode: ConnectMode = "auto") -> AsyncIterator[Client]:
    program = StdioServerParameters(
        command=sys.executable,
        args=[str(HOME / "run.py"), "--config", os.devnull, "mcp", "--server", url],
    )
    async with Client(program, mode=mode, read_timeout_seconds=HANGS_SECONDS) as client:
        yield client


def texts(result: CallToolResult) -> list[str]:
    return [part.text for part in result.content if isinstance(part, TextContent)]


@pytest.mark.client_call("mcp", "every tool, with progress")
async def test_an_agent_makes_lists_and_reads_posts(service: Running) -> None:
    reported: list[Report] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reported.append((progress, total, message))

    async with agent(service.url) as client:
        tools = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
        hints = {
            name: (hint.read_only_hint, hint.destructive_hint)
            for name, hint in tools.items()
            if hint
        }
        assert hints == {
            "make_post": (False, False),
            "get_request": (True, None),
            "cancel_request": (False, True),
            "list_models": (True, None),
            "list_requests": (True, None),
            "read_feed": (True, None),
        }
        arguments = {"prompt": "A fox at dawn", "seed": 7, "user_id": "mcp-ann", "publish": True}
        made = await client.call_tool("make_post", arguments, progress_callback=report)
        assert not made.is_error
        assert made.structured_content is None, "the picture is there once"
        text, state = texts(made)
        assert text == "generated text for A fox at dawn\n\n#generated #simulated"
        id_ = state.split(":")[0].removeprefix("Request ")
        [picture] = [part for part in made.content if isinstance(part, ImageContent)]
        assert picture.mime_type == "image/png"
        with Image.open(io.BytesIO(base64.b64decode(picture.data))) as image:
            image.verify()
        assert reported[-1][2] == "completed"
        assert [report[0] for report in reported] == sorted({report[0] for report in reported})

        assert (await client.call_tool("get_request", {"request_id": id_})).content == made.content
        variants = {"prompt": "p", "tag": "image", "n": 2, "model": "image", "seed": 1}
        several = await client.call_tool("make_post", variants)
        assert [part.type for part in several.content] == ["text", "image"] * 2
        address = texts(several)[0].split(" is at ")[1]
        again = await client.call_tool("make_post", {**variants, "n": 1, "image": address})
        assert again.content[1] != several.content[1]
        models = await client.call_tool("list_models", {})
        assert models.structured_content
        assert [model["name"] for model in models.structured_content["result"]] == ["text", "image"]
        for unusable, sentence in (
            ({"model": "nope"}, "There is no model “nope”"),
            ({"image": "https://example.com/a.png"}, "There is no picture of this service"),
        ):
            refused = await client.call_tool("make_post", variants | unusable)
            assert refused.is_error
            assert sentence in texts(refused)[0]
        listed = await client.call_tool("list_requests", {"tag": "instagram", "limit": 1})
        assert listed.structured_content
        assert [item["id"] for item in listed.structured_content["result"]] == [id_]
        cancelled = await client.call_tool("cancel_request", {"request_id": id_})
        assert texts(cancelled) == [f"The request {id_} is completed."]

        async def published() -> bool:
            feed = await client.call_tool("read_feed", {"user_id": "mcp-ann"})
            assert feed.structured_content
            return [post["id"] for post in feed.structured_content["result"]] == [id_]

        await eventually(published, "the post is in the feed")
        for name, wrong, sentence in (
            ("make_post", {"prompt": ""}, "prompt: Must not be empty."),
            ("get_request", {"request_id": "unknown"}, "There is no request with this id."),
        ):
            refused = await client.call_tool(name, wrong)
            assert refused.is_error
            assert sentence in texts(refused)[0]


@pytest.mark.client_call("mcp", "a long wait hands out the id; giving up cancels")
async def test_a_slow_post_hands_out_its_id_and_a_given_up_call_is_cancelled(
    tmp_path: Path,
) -> None:
    slow = (*SIMULATED, "text.simulated.delay=600", "text.workers=1", "service.drain=0")
    reported: list[Report] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reported.append((progress, total, message))

    async with (
        running_service(tmp_path, *slow) as service,
        agent(service.url, "legacy") as client,  # the handshake of 2025
        AsyncFeedmill(service.url) as own,
    ):
        arguments = {"prompt": "fox", "tag": "text"}
        first = await client.call_tool("make_post", {**arguments, "wait_seconds": 0})
        id_ = texts(first)[0].split(":")[0].removeprefix("Request ")
        assert "Look at it again later with get_request." in texts(first)[0]
        waiting = asyncio.create_task(
            client.call_tool("make_post", arguments, progress_callback=report)
        )

        async def has_place() -> bool:
            return any("ahead in the queue" in (message or "") for _, _, message in reported)

        await eventually(has_place, "its position is reported")
        waiting.cancel()
        await asyncio.wait({waiting})

        async def is_cancelled() -> bool:
            return [item.status async for item in own.list(status="cancelled")] == ["cancelled"]

        await eventually(is_cancelled, "the request of the given-up call is cancelled")
        cancelled = await client.call_tool("cancel_request", {"request_id": id_})
        assert texts(cancelled) == [f"The request {id_} is cancelled."]


async def test_a_service_that_is_away_is_a_sentence_for_the_model() -> None:
    away = AsyncFeedmill("http://127.0.0.1:1", expect_running=True)
    async with away, Client(server_of(away)) as client:
        failed = await client.call_tool("make_post", {"prompt": "fox"})
    assert failed.is_error
    assert texts(failed)[0].endswith("http://127.0.0.1:1 cannot be reached (Connection refused).")


async def test_a_missing_key_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    key = api_keys.create(tmp_path / "data" / "feedmill.db", "ann", ["content"])
    async with running_service(tmp_path, *SIMULATED) as service:
        async with AsyncFeedmill(service.url) as none, Client(server_of(none)) as client:
            refused = await client.call_tool("list_requests", {})
            assert "needs a key with the scope content" in texts(refused)[0]
        async with AsyncFeedmill(service.url, key) as own, Client(server_of(own)) as client:
            assert not (await client.call_tool("list_requests", {})).is_error
            refused = await client.call_tool("read_feed", {"user_id": "ann"})
            assert "needs a key with the scope feed" in texts(refused)[0]


async def test_without_the_sdk_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['mcp'] = None\n")
    outcome = await asyncio.to_thread(
        command, tmp_path, "mcp", environment={"PYTHONPATH": str(tmp_path)}
    )
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.count("\n") == 1
    assert '`pip install "mcp>=2.3,<3"`' in outcome.stderr
