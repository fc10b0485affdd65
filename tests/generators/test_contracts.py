"""The contract tests of all generators that need no model."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from feedmill.generator_contract import GeneratorContract, ignore_piece
from service.generators import illustrator, remote, simulated
from service.generators.openai import image as openai_image
from service.generators.protocol import Job
from tests.support.outside import outside
from tests.support.pictures import picture
from tests.support.waiting import wait_until

JOB = Job("a cat", seed=7)
SMALL = Job("a fox in the snow", seed=1, options={"size": "256x256"})
PNG = picture("PNG", 64, 40)
NEVER = 3600.0  # seconds between probes

Call = Callable[[], Awaitable[object]]


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGE_KEY", "sk-secret")


async def once(opened: Any, job: Job = JOB) -> object:
    async with opened as generator:
        return await generator.generate(job, ignore_piece)


class OfOneJob(GeneratorContract):
    @pytest.fixture
    def job(self) -> Job:
        return JOB


class TestSimulatedText(OfOneJob):
    @pytest.fixture
    def generator(self, tmp_path: Path) -> simulated.SimulatedText:
        return simulated.SimulatedText(simulated.Settings(delay=0.02), tmp_path)

    @pytest.fixture
    def passing_trouble(self, tmp_path: Path) -> Call:
        always = simulated.Settings(failure_rate=1.0)
        return lambda: once(simulated.SimulatedText(always, tmp_path))

    test_permanent_trouble_is_final = None  # type: ignore[assignment] # it has none


class TestSimulatedImage(OfOneJob):
    @pytest.fixture
    def generator(self, tmp_path: Path) -> simulated.SimulatedImage:
        return simulated.SimulatedImage(simulated.Settings(delay=0.02), tmp_path)

    @pytest.fixture
    def passing_trouble(self, tmp_path: Path) -> Call:
        always = simulated.Settings(failure_rate=1.0)
        return lambda: once(simulated.SimulatedImage(always, tmp_path))

    test_permanent_trouble_is_final = None  # type: ignore[assignment] # it has none


@pytest_asyncio.fixture(scope="class", loop_scope="class")
async def opened() -> AsyncIterator[illustrator.Illustrator]:
    settings = illustrator.Settings(size="256x256", idle=0)
    async with illustrator.Illustrator(settings, Path()) as made:
        yield made


@pytest.mark.asyncio(loop_scope="class")
class TestIllustrator(GeneratorContract):
    @pytest.fixture
    def job(self) -> Job:
        return SMALL

    @pytest.fixture
    def generator(self, opened: illustrator.Illustrator) -> illustrator.Illustrator:
        return opened

    @pytest.fixture
    def passing_trouble(self, generator: illustrator.Illustrator) -> Call:
        async def killed() -> object:
            await wait_until(
                lambda: len(generator.pids) == 1, "processes of other tests have ended"
            )
            [pid] = generator.pids
            os.kill(pid, signal.SIGSTOP)  # it cannot finish before it is killed
            running = asyncio.ensure_future(generator.generate(SMALL, ignore_piece))
            await asyncio.sleep(0)
            os.kill(pid, signal.SIGKILL)
            return await running

        return killed

    @pytest.fixture
    def lasting_trouble(self, generator: illustrator.Illustrator) -> Call:
        return lambda: generator.generate(Job("a fox", 1, options={"size": "9x9"}), ignore_piece)


def image_answer() -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(PNG).decode()}]}


@asynccontextmanager
async def openai_images(status: int = 200) -> AsyncIterator[openai_image.OpenAIImage]:
    body = image_answer() if status == 200 else {"error": {"message": "sk-secret is bad"}}

    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response(body, status=status)

    async with outside(answer) as server:
        settings = openai_image.Settings(
            base_url=f"{server.url}/v1", model="m-1", api_key_env="IMAGE_KEY"
        )
        async with openai_image.OpenAIImage(settings, Path()) as made:
            yield made


class TestOpenAIImage(OfOneJob):
    @pytest.fixture
    async def generator(self) -> AsyncIterator[openai_image.OpenAIImage]:
        async with openai_images() as made:
            yield made

    @pytest.fixture
    def passing_trouble(self) -> Call:
        return lambda: once(openai_images(503))

    @pytest.fixture
    def lasting_trouble(self) -> Call:
        return lambda: once(openai_images(401))


@asynccontextmanager
async def remote_texts(status: int = 200) -> AsyncIterator[remote.RemoteText]:
    async def answer(_request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"text": "A cat sleeps."}, status=status)

    async with outside(answer) as server:
        settings = remote.Settings((server.url,), probe_interval=NEVER)
        async with remote.RemoteText(settings, Path()) as made:
            yield made


class TestRemoteText(OfOneJob):
    @pytest.fixture
    async def generator(self) -> AsyncIterator[remote.RemoteText]:
        async with remote_texts() as made:
            yield made

    @pytest.fixture
    def passing_trouble(self) -> Call:
        return lambda: once(remote_texts(500))

    @pytest.fixture
    def lasting_trouble(self) -> Call:
        return lambda: once(remote_texts(422))


@asynccontextmanager
async def remote_images(status: int = 200) -> AsyncIterator[remote.RemoteImage]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.Response(body=PNG, content_type="image/png")
        return web.json_response({"imageUri": "/media/cat.png"}, status=status)

    async with outside(answer) as server:
        settings = remote.Settings((server.url,), probe_interval=NEVER)
        async with remote.RemoteImage(settings, Path()) as made:
            yield made


class TestRemoteImage(OfOneJob):
    @pytest.fixture
    async def generator(self) -> AsyncIterator[remote.RemoteImage]:
        async with remote_images() as made:
            yield made

    @pytest.fixture
    def passing_trouble(self) -> Call:
        return lambda: once(remote_images(500))

    @pytest.fixture
    def lasting_trouble(self) -> Call:
        return lambda: once(remote_images(422))
