"""A request that would miss its deadline is refused at once, and not accepted to expire later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.support.running import running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = (
    *("text.generator=simulated", "image.generator=simulated", "text.simulated.delay=1"),
    *("text.workers=1", "service.drain=0"),
)


async def submit(http: ClientSession, **fields: Any) -> tuple[int, Any, Any]:
    async with http.post("/content", json={"prompt": "p", "tag": "text", **fields}) as answer:
        return answer.status, answer.headers, await answer.json(content_type=None)


async def test_what_would_start_or_end_too_late_is_refused_with_the_honest_time(
    tmp_path: Path,
) -> None:
    async with running_service(tmp_path, *SETTINGS) as service, ClientSession(service.url) as http:
        soon: dict[str, Any] = {"start-by": 0.001}
        status, _, first = await submit(http, **{"finish-by": 30})  # nothing is measured yet
        assert status == 202
        async with http.get(f"/content/{first['RequestId']}?wait=60") as answer:
            assert (await answer.json())["status"] == "completed"
        assert (await submit(http, **{"start-by": 0.5}))[0] == 202  # a worker is free
        answers = await asyncio.gather(*(submit(http) for _ in range(20)))
        assert {status for status, _, _ in answers} == {202}
        # another client does not wait for these twenty
        status, _, other = await submit(http, **{"user-id": "bob", "finish-by": 10})
        assert status == 202
        async with http.delete(f"/content/{other['RequestId']}"):
            pass
        for name, verb in (("start-by", "start"), ("finish-by", "end")):
            status, headers, problem = await submit(http, **{name: 3})
            assert (status, problem["type"]) == (429, "/problems#too-late")
            seconds = int(problem["detail"].split()[5])
            assert problem["detail"].startswith(f"It would {verb} in about ")
            assert problem["detail"].endswith(f"its {name} allows 3.")
            assert 3 <= seconds <= 60
            assert int(headers["Retry-After"]) in {seconds - 3, seconds - 2}
            assert problem["eta_seconds"] > 3
        assert (await submit(http, **{"start-by": 600, "finish-by": 600}))[0] == 202
        assert (await submit(http, tag="image", **{"finish-by": 5}))[0] == 202  # another queue
        async with http.get("/content?limit=100") as answer:
            assert len((await answer.json())["requests"]) == 25  # nothing refused is stored
        async with http.post("/pools/text/pause") as answer:
            assert answer.status == 200
        assert (await submit(http, **{"start-by": 3}))[0] == 202  # how long is not known
        async with http.post("/pools/text/resume") as answer:
            assert answer.status == 200
        (tmp_path / "config.toml").write_text("[queue]\nrefuse_late = false\n")
        await service.logged("configuration changed")
        status, _, late = await submit(http, **soon)
        assert status == 202

        async def expired() -> bool:
            async with http.get(f"/content/{late['RequestId']}") as answer:
                return bool((await answer.json())["status"] == "expired")

        await eventually(expired, "it expires, as it was accepted")
