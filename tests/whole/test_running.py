"""The service as a process: it starts ready and ends clean, and its failures are loud."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.support.running import running_service

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_a_running_service_has_an_address_and_ends_with_0(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        assert service.url.startswith("http://127.0.0.1:")
    assert service.process.returncode == 0
    assert service.log_lines()[-1]["event"] == "stopped"


async def test_a_service_that_cannot_start_fails_with_its_output(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"(?s)exit code 2.*no_such_key"):
        async with running_service(tmp_path, *SIMULATED, "http.no_such_key=1"):
            pytest.fail("it must not get here")


async def test_a_service_that_dies_unexpectedly_fails_the_test(tmp_path: Path) -> None:
    async def crash() -> None:
        async with running_service(tmp_path, *SIMULATED) as service:
            service.process.send_signal(signal.SIGKILL)
            await service.process.wait()

    with pytest.raises(AssertionError, match="ended by itself"):
        await crash()


async def test_a_killed_service_continues_with_the_same_data(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        assert await service.kill() == -signal.SIGKILL
    async with running_service(tmp_path, *SIMULATED) as service:
        assert service.url


async def test_a_stop_does_not_wait_for_idle_connections(tmp_path: Path) -> None:
    # were they waited for, the stop would take longer than any test may
    patient = ClientSession(connector=TCPConnector(keepalive_timeout=1000))
    async with running_service(tmp_path, *SIMULATED, "service.drain=1000") as service, patient:
        async with patient.get(f"{service.url}/healthz") as answer:
            assert answer.ok
        assert await service.stop() == 0
