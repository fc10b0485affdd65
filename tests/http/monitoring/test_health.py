"""Health, readiness, and what every answer carries."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession

from service.store.redis.connection import RedisConnection
from tests.support.raw_http import request, send
from tests.support.running import Running, running_service
from tests.support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_a_healthy_service_is_alive_and_ready(http: ClientSession) -> None:
    for path in ("/healthz", "/healthz/", "/healthz?x=1"):
        async with http.get(path) as answer:
            assert (answer.status, await answer.json()) == (200, {"alive": True})
    async with http.get("/readyz/") as answer:
        assert (answer.status, await answer.json()) == (200, {"ready": True, "waiting_for": {}})


async def test_readiness_names_what_is_missing_and_liveness_is_unaffected(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service, ClientSession(service.url) as http:
        redis = RedisConnection(f"unix://{tmp_path}/data/redis/redis.sock")
        info: bytes = await redis.one("INFO", "server")
        redis.close()
        pid = int(info.partition(b"process_id:")[2].split()[0])
        os.kill(pid, signal.SIGSTOP)  # there, but deaf
        try:
            async with http.get("/readyz") as answer:
                assert answer.status == 503
                assert int(answer.headers["Retry-After"]) >= 1
                problem = await answer.json(content_type="application/problem+json")
            assert problem["type"] == "/problems#not-ready"
            assert problem["ready"] is False
            assert "redis" in problem["waiting_for"]
            assert "redis" in problem["error"]
            async with http.get("/healthz") as answer:
                assert answer.status == 200
        finally:
            os.kill(pid, signal.SIGKILL)

        async def ready() -> bool:
            async with http.get("/readyz") as answer:
                return answer.status == 200

        await eventually(ready, "it is ready again by itself")


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nothing", "/content", "/content/x", "/openapi.json", "/problems"]
)
async def test_every_answer_has_the_safe_headers(http: ClientSession, path: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        async with http.request(method, path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"]
            assert answer.headers["Server"] == "Feedmill"
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; ")
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_malformed_http_gets_the_safe_headers_too(service: Running) -> None:
    answer = await send(service.url, b"nonsense\r\n\r\n")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["server"] == "Feedmill"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/openapi.json", "/problems", "/no"])
async def test_head_is_get_without_a_body(http: ClientSession, path: str) -> None:
    async with http.get(path) as answer:
        status, length = answer.status, answer.headers["Content-Length"]
    async with http.head(path) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (status, length)
        assert await answer.read() == b""


async def test_a_stop_completes_running_answers(tmp_path: Path) -> None:
    delay = ("text.simulated.delay=1", *SIMULATED)
    async with running_service(tmp_path, *delay) as service, ClientSession(service.url) as http:

        async def ask() -> int:
            async with http.post("/worker/text", json={"prompt": "p"}) as answer:
                return answer.status

        async def busy() -> bool:
            async with http.get("/status") as answer:
                return bool((await answer.json())["pools"]["text"]["busy"])

        asked = asyncio.create_task(ask())
        await eventually(busy, "it is being served")
        answer = await send(service.url, request("/content?prompt=p&tag=text"))
        assert answer.status == 202
        assert await service.stop() == 0
        assert await asked == 200
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection(
                urlsplit(service.url).hostname, urlsplit(service.url).port
            )
