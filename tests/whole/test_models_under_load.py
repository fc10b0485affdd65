"""Five models under load: a server dies, a model is paused, the service is killed."""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, web

from tests.support.outside import Outside, outside
from tests.support.pictures import picture
from tests.support.running import spawn
from tests.support.waiting import eventually

PNG = picture("PNG", 16, 16)
CONFIG = """
[text]
generator = "simulated"
[image]
generator = "simulated"
[models.good]
kind = "text"
generator = "openai"
base_url = "{one}/v1"
model = "good-1"
api_key_env = ""
workers = 4
backoff = 0.05
fallback = ["draft", "text"]
[models.draft]
kind = "text"
generator = "openai"
base_url = "{two}/v1"
model = "draft-1"
api_key_env = ""
workers = 2
fallback = ["text"]
[models.flux]
kind = "image"
generator = "openai"
base_url = "{one}/v1"
model = "flux-1"
api_key_env = ""
workers = 2
backoff = 0.05
fallback = ["image"]
"""
CHOICES: list[dict[str, Any]] = [
    {"tag": "text"},
    {"tag": "text", "model": "good"},
    {"tag": "text", "model": "draft"},
    {"tag": "image", "model": "flux"},
    {"tag": "image"},
    {"tag": "instagram", "text-model": "good", "image-model": "flux"},
    {"tag": "instagram", "model": "draft", "n": 2},
]
BURST = 25


class ModelServer:
    """Answers like OpenAI; while it is away it cuts every connection."""

    def __init__(self) -> None:
        self.is_away = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if self.is_away:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if request.path.endswith("/chat/completions"):
            said = {"message": {"content": "Words."}, "finish_reason": "stop"}
            return web.json_response({"choices": [said], "model": "it"})
        if "/images/" in request.path:
            return web.json_response({"data": [{"b64_json": base64.b64encode(PNG).decode()}]})
        return web.json_response({"data": []})


class World:
    """The service, its two model servers, and the requests that were accepted."""

    def __init__(self, folder: Path, one: ModelServer) -> None:
        self.folder = folder
        self.one = one
        self.ids: dict[str, dict[str, Any]] = {}
        self.http: ClientSession
        self.service: Any = None
        self.stack = AsyncExitStack()

    async def start(self) -> None:
        self.service = await spawn(self.folder)
        url = (await self.service.logged("ready"))["url"]
        self.http = await self.stack.enter_async_context(ClientSession(url))

    async def kill(self) -> None:
        await self.service.kill()
        await self.start()

    async def post(self, path: str) -> None:
        async with self.http.post(path) as answer:
            assert answer.status == 200

    async def submit(self, chance: random.Random, count: int) -> None:
        for _ in range(count):
            wanted = chance.choice(CHOICES)
            async with self.http.post("/content", json={"prompt": "p", **wanted}) as answer:
                accepted = await answer.json()
                assert answer.status == 202, accepted
            for id_ in accepted.get("RequestIds") or [accepted["RequestId"]]:
                self.ids[id_] = wanted

    async def ended(self, id_: str) -> Any:
        """The record of a request when it is final."""
        while True:
            try:
                async with self.http.get(f"/content/{id_}?wait=30") as answer:
                    record = await answer.json()
            except ClientError:
                continue
            if record["status"] not in {"queued", "generating"}:
                return record


@asynccontextmanager
async def world(tmp_path: Path) -> AsyncIterator[World]:
    one = ModelServer()
    servers: tuple[Outside, Outside]
    async with outside(one) as first, outside(ModelServer()) as second:
        servers = first, second
        urls = {"one": servers[0].url, "two": servers[1].url}
        (tmp_path / "config.toml").write_text(CONFIG.format(**urls))
        made = World(tmp_path, one)
        await made.start()
        async with made.stack:
            yield made
            assert await made.service.stop() == 0


async def round_of_faults(at: World, chance: random.Random) -> None:
    """Load, and in the middle of it a dead server, a paused model and a kill of the service."""
    await at.submit(chance, BURST)
    at.one.is_away = True
    await at.submit(chance, BURST)
    await at.post("/pools/draft/pause")
    await at.submit(chance, BURST)
    await at.kill()
    await at.submit(chance, BURST)


async def check(at: World) -> None:
    """Every request is completed, by a model that it wanted or a fallback, and says so."""
    records = await asyncio.gather(*map(at.ended, at.ids))
    assert Counter(record["status"] for record in records) == {"completed": len(at.ids)}
    ways = Counter[tuple[str, str]]()
    for record in records:
        for kind, wanted, made in _models(record):
            ways[wanted, made] += 1
            assert made in {
                "good": {"good", "draft", "text"},
                "draft": {"draft", "text"},
                "flux": {"flux", "image"},
            }.get(wanted, {kind})
    assert ways["good", "text"]
    assert ways["draft", "text"]
    assert ways["flux", "image"]
    seen: list[Any] = []

    async def nothing_is_left() -> bool:
        async with at.http.get("/status") as answer:
            seen.append(await answer.json())
        return set(seen[-1]["backlog"].values()) == {0}

    try:
        await eventually(nothing_is_left, "the queues are empty")
    except AssertionError as error:
        error.add_note(f"The backlog is {seen[-1]['backlog']}.")
        raise
    assert seen[-1]["dead_letters"] == 0
    async with at.http.get("/readyz") as answer:
        assert answer.status == 200  # both defaults work


def _models(record: Any) -> list[tuple[str, str, str]]:
    wanted, made = record["wanted_model"], record["model"]
    if isinstance(wanted, str):
        return [(record["tag"], wanted, made)]
    return [(kind, wanted[kind], made[kind]) for kind in wanted]


async def test_a_dead_a_paused_and_a_killed_one_lose_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        await round_of_faults(at, random.Random(19))
        await check(at)
        at.one.is_away = False
        await at.post("/pools/draft/resume")
        back = [await _made_by(at, wanted) for wanted in ("draft", "good", "flux")]
        assert back[0] == "draft"


async def _made_by(at: World, model: str) -> str:
    tag = "image" if model == "flux" else "text"
    body = {"prompt": "p", "tag": tag, "model": model}
    async with at.http.post("/content", json=body) as answer:
        id_ = (await answer.json())["RequestId"]
    return str((await at.ended(id_))["model"])


@pytest.mark.long
async def test_a_long_run_of_the_same_loses_nothing(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(20)
    async with world(tmp_path) as at:
        end = time.monotonic() + 60 * pytestconfig.getoption("--long-minutes")
        while time.monotonic() < end:
            await round_of_faults(at, chance)
            await check(at)
            at.one.is_away = False
            await at.post("/pools/draft/resume")
            at.ids.clear()
