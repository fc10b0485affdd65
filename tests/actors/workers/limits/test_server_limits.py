"""Each server of a remote generator has a limit of its own, and a refusal narrows only that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web

from service.generators.remote import RemoteText, Settings
from tests.support.outside import Outside, outside
from tests.support.pipelines import Pipeline, Scripted, running_pipeline
from tests.support.running import running_service
from tests.support.waiting import wait_until


class Model:
    """A model server that takes so many jobs at once and refuses all others."""

    def __init__(self, capacity: int, headers: dict[str, str] | None = None) -> None:
        self.capacity = capacity
        self.headers = headers or {}
        self.running = self.refused = self.done = self.most = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if "/worker/" not in request.path:
            return web.json_response({})
        if self.running >= self.capacity:
            self.refused += 1
            return web.json_response({}, status=429, headers=self.headers)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.04)  # the duration of a job: others run beside it
        finally:
            self.running -= 1
        self.done += 1
        return web.json_response({"text": "written"}, headers=self.headers)


@asynccontextmanager
async def pipeline_of(
    tmp_path: Path, redis_url: str, models: list[Model], *settings: str
) -> AsyncIterator[tuple[Pipeline, list[Outside]]]:
    async with (
        outside(models[0]) as first,
        outside(models[1]) as second,
        RemoteText(Settings((first.url, second.url)), tmp_path) as text,
        running_pipeline(tmp_path, redis_url, text, Scripted(), *settings) as mill,
    ):
        yield mill, [first, second]


AUTO = ("text.workers=auto", "text.max_workers=24")


async def test_each_server_has_its_own_limit(tmp_path: Path, redis_url: str) -> None:
    small, large = models = [Model(2), Model(1000)]
    async with pipeline_of(tmp_path, redis_url, models, *AUTO) as (mill, servers):
        pool = mill.pool("text")
        assert [(state.limit, state.refusals) for state in pool.servers] == [(1, 0), (1, 0)]
        assert pool.limit == 2
        many, done = pool.servers[1], 0
        # as soon as the measured times say; jobs use a limit only after it has grown
        while not (small.refused and (many.limit or 0) > 5 and large.most > 4):
            ids = [await mill.submit(f"p{number}") for number in range(40)]
            records = await mill.finished(*ids)
            assert {record.status for record in records} == {"completed"}
            assert {part.attempts for record in records for part in record.parts} == {1}
            few, many = pool.servers
            done += 40
        assert few.limit is not None
        assert many.limit is not None
        assert few.limit < many.limit
        assert (few.refusals, many.refusals) == (small.refused, 0)
        assert small.refused < done / 4
        assert mill.services.monitor.metrics.refusals["text"] == small.refused
        assert pool.limit == min(24, few.limit + many.limit)
        assert servers[0].url == few.url


async def test_the_pause_of_one_server_leaves_the_others_as_they_are(
    tmp_path: Path, redis_url: str
) -> None:
    models = [Model(0, {"Retry-After": "200"}), Model(1000)]
    settings = ("text.workers=4",)
    async with pipeline_of(tmp_path, redis_url, models, *settings) as (mill, _):
        await mill.finished(*[await mill.submit(f"p{number}") for number in range(40)])
        pool = mill.pool("text")
        away, there = pool.servers
        assert 100 < away.pause <= 200
        assert (there.pause, there.limit, there.refusals) == (0.0, 4, 0)
        assert pool.waits is None
        assert models[0].refused <= 4
        assert models[1].done == 40


async def test_what_a_server_says_is_left_holds_for_it_alone(
    tmp_path: Path, redis_url: str
) -> None:
    left = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200s"}
    models = [Model(1000, left), Model(1000)]
    async with pipeline_of(tmp_path, redis_url, models, "text.workers=2") as (mill, _):
        await mill.finished(*[await mill.submit(f"p{number}") for number in range(20)])
        first, second = mill.pool("text").servers
        assert first.pause > 100
        assert second.pause == 0.0
        assert models[0].done <= 2
        assert models[0].done + models[1].done == 20


async def test_when_all_servers_pause_the_pool_waits_for_the_first(
    tmp_path: Path, redis_url: str
) -> None:
    models = [Model(0, {"Retry-After": "200"}), Model(0, {"Retry-After": "60"})]
    async with pipeline_of(tmp_path, redis_url, models, "text.workers=2") as (mill, _):
        await mill.submit("p")
        pool = mill.pool("text")
        await wait_until(lambda: pool.waits, "the pool waits")
        assert pool.waits is not None
        assert 30 < pool.waits.seconds <= 60
        assert {model.refused for model in models} == {1}


async def test_status_and_metrics_show_the_limit_of_each_server(tmp_path: Path) -> None:
    models = [Model(0, {"Retry-After": "200"}), Model(1000)]
    async with outside(models[0]) as first, outside(models[1]) as second:
        urls = f'text.remote.urls=["{first.url}", "{second.url}"]'
        settings = ("text.generator=remote", urls, *AUTO, "image.generator=simulated")
        async with (
            running_service(tmp_path, *settings) as service,
            ClientSession(service.url) as http,
        ):
            for number in range(4):
                sent = {"prompt": f"p{number}", "tag": "text"}
                async with http.post("/content", json=sent) as answer:
                    id_ = (await answer.json())["RequestId"]
                async with http.get(f"/content/{id_}?wait=20") as answer:
                    assert (await answer.json())["status"] == "completed"
            async with http.get("/status") as answer:
                status: dict[str, Any] = (await answer.json())["pools"]["text"]
            async with http.get("/metrics") as answer:
                metrics = await answer.text()
    away, there = status["servers"]
    assert (away["url"], away["up"], away["refusals"]) == (first.url, True, 1)
    assert away["waits_until"] is not None
    assert there["waits_until"] is None
    assert there["limit"] >= 1
    assert status["limit"] == away["limit"] + there["limit"]
    assert f'feedmill_server_limit{{kind="text",server="{second.url}"}} ' in metrics
    assert f'feedmill_server_refusals_total{{kind="text",server="{first.url}"}} 1' in metrics
    pause = f'feedmill_server_pause_seconds{{kind="text",server="{first.url}"}} '
    [line] = [line for line in metrics.splitlines() if line.startswith(pause)]
    assert 100 < float(line.removeprefix(pause)) <= 200
