"""systemd learns when the service is ready, lives and stops; keys may be its credentials."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.process.credentials import credential
from tests.support.running import running_service

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket on which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


async def test_readiness_life_and_stop_are_reported(tmp_path: Path, manager: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    told: list[str] = []

    async def until(state: str) -> None:
        async with asyncio.timeout(60):
            while state not in told:
                told.append((await loop.sock_recv(manager, 100)).decode())

    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000000"}
    async with running_service(tmp_path, *SIMULATED, environment=environment):
        await until("READY=1")
        told.clear()
        await until("WATCHDOG=1")
    await until("STOPPING=1")


async def test_a_manager_that_listens_late_holds_up_nothing_and_misses_no_start(
    tmp_path: Path, manager: socket.socket
) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "3000"}
    async with running_service(tmp_path, *SIMULATED, environment=environment):
        pass  # the queue of the socket is full soon
    assert manager.recv(100) == b"READY=1"


async def test_a_watchdog_of_another_process_is_not_fed(
    tmp_path: Path, manager: socket.socket
) -> None:
    environment = {
        "NOTIFY_SOCKET": str(tmp_path / "notify"),
        "WATCHDOG_USEC": "1000",
        "WATCHDOG_PID": "1",
    }
    async with running_service(tmp_path, *SIMULATED, environment=environment):
        pass
    told = [manager.recv(100).decode() for _ in range(2)]
    assert told == ["READY=1", "STOPPING=1"]


def test_a_secret_may_be_a_credential(tmp_path: Path) -> None:
    (tmp_path / "MILL_KEY").write_text(" from a file\n")
    folder = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert credential("MILL_KEY", folder) == "from a file"
    assert credential("MILL_KEY", folder | {"MILL_KEY": "from the environment"}) == (
        "from the environment"
    )
    assert credential("OTHER", folder) == ""
    assert credential("MILL_KEY", {}) == ""
