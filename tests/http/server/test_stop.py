"""A stop waits for answers that are on their way, and for nothing else."""

from __future__ import annotations

from pathlib import Path

from aiohttp import ClientSession

from tests.support.running import running_service

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_an_idle_connection_does_not_hold_a_stop(tmp_path: Path) -> None:
    # the drain is longer than the helper waits for the process to end
    async with (
        running_service(tmp_path, *SIMULATED, "service.drain=90") as running,
        ClientSession(running.url) as http,
    ):
        async with http.get("/healthz") as answer:
            await answer.read()
        assert await running.stop() == 0
