"""A service whose log reader stalls, as after Ctrl-S: it keeps working, and stops on request."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError, ClientSession

from tests.support.outside import unused_port
from tests.support.running import HOME
from tests.support.waiting import HANGS_SECONDS, eventually

REQUESTS = 600  # each is a line or more: several times what a pipe holds


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_service_whose_log_is_not_read_answers_and_stops(tmp_path: Path, form: str) -> None:
    port = unused_port()
    settings = (
        f"http.port={port}",
        f"log.format={form}",
        "text.generator=simulated",
        "image.generator=simulated",
    )
    read, write = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HOME / "run.py"),
        *("--data-dir", str(tmp_path / "data")),
        *(word for setting in settings for word in ("--set", setting)),
        stdout=write,
        stderr=write,
        env={name: value for name, value in os.environ.items() if "FEEDMILL_" not in name},
    )
    os.close(write)
    try:
        async with ClientSession(f"http://127.0.0.1:{port}") as http:
            await eventually(lambda: is_ready(http), "the service is ready")
            for number in range(REQUESTS):
                submission = {"prompt": f"{number} {'x' * 100}", "tag": "text"}
                async with (
                    asyncio.timeout(HANGS_SECONDS),
                    http.post("/content", json=submission) as answer,
                ):
                    assert answer.status == 202
            async with asyncio.timeout(HANGS_SECONDS), http.get("/healthz") as answer:
                assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(HANGS_SECONDS):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(read)


async def is_ready(http: ClientSession) -> bool:
    try:
        async with http.get("/readyz") as answer:
            return answer.status == 200
    except ClientConnectionError:
        return False
