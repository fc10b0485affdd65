"""`run.py status`: the pools and streams of a running service, as a person sees them."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import ClientSession

from tests.support.running import HOME, command, running_service, spawn
from tests.support.waiting import HANGS_SECONDS, eventually

SIMULATED = ("text.generator=simulated", "image.generator=simulated")


async def test_pools_and_streams_are_shown_as_tables(tmp_path: Path) -> None:
    limited = ("text.workers=3", "text.requests_per_minute=1", "image.workers=0")
    async with (
        running_service(tmp_path, *SIMULATED, *limited) as service,
        ClientSession(service.url) as http,
    ):
        for _ in range(2):
            async with http.post("/content", json={"tag": "text", "prompt": "Rain"}):
                pass

        async def waits() -> bool:
            async with http.get("/status") as answer:
                return (await answer.json())["pools"]["text"]["waits_for"] is not None

        await eventually(waits, "the budget is used up")
        result = await asyncio.to_thread(command, tmp_path, "status", "--server", service.url)
    assert (result.returncode, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["text", "simulated", "0", "of", "3", "3", "1"] in [row[:7] for row in rows]
    assert "text: The budget of 1 requests a minute is used up. (until 2" in result.stdout
    assert "image: paused, as [image] workers is 0" in result.stdout
    assert ["content:results", "0", "0", "collector", "1"] in [row[:5] for row in rows]
    assert result.stdout.splitlines()[0].endswith("ready")
    assert ["waiting", "service", "total"] in [row[-3:] for row in rows]
    assert "median (p50) of the latest 1,000 first attempts" in result.stdout


async def test_watch_shows_the_service_stop_and_return(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SIMULATED)
    url = (await running.logged("ready"))["url"]
    watching = await asyncio.create_subprocess_exec(
        *(sys.executable, str(HOME / "run.py"), "status", "--watch", "--server", url),
        stdout=asyncio.subprocess.PIPE,
    )
    assert watching.stdout is not None

    async def seen(end: bytes) -> None:
        assert watching.stdout is not None
        async with asyncio.timeout(HANGS_SECONDS):
            while not (await watching.stdout.readline()).rstrip().endswith(end):
                pass

    await seen(b"ready")
    await running.kill()
    await seen(b"cannot be reached (Connection refused).")
    async with running_service(tmp_path, *SIMULATED, f"http.port={url.rpartition(':')[2]}"):
        await seen(b"ready")
        watching.send_signal(signal.SIGINT)
        await watching.communicate()
    assert watching.returncode == 0


async def test_a_key_without_the_scope_gets_the_name_of_the_scope(tmp_path: Path) -> None:
    keys = {scope: tmp_path / scope for scope in ("content", "admin")}
    for scope, file in keys.items():
        words = ("keys", "create", scope, "--scopes", scope, "--yes")
        file.write_text(command(tmp_path, *words).stdout)
    async with running_service(tmp_path, *SIMULATED) as service:
        watch = ("status", "--server", service.url)
        none = await asyncio.to_thread(command, tmp_path, *watch)
        narrow = await asyncio.to_thread(
            command, tmp_path, *watch, "--key-file", str(keys["content"])
        )
        right = await asyncio.to_thread(command, tmp_path, *watch, "--key-file", str(keys["admin"]))
    needs = "the scope admin (`run.py keys create NAME --scopes admin`): put it into FEEDMILL_KEY"
    for result in (none, narrow):
        assert (result.returncode, result.stdout) == (1, "")
        assert needs in result.stderr
        assert result.stderr.count("\n") == 1
    assert right.returncode == 0, right.stderr


def test_a_missing_service_gets_one_sentence(tmp_path: Path) -> None:
    result = command(tmp_path, "status", "--server", "http://127.0.0.1:1")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "http://127.0.0.1:1 cannot be reached (Connection refused).\n"


def test_a_broken_local_configuration_does_not_affect_the_status_of_a_remote_service(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "config.toml"
    broken.write_text('[text]\nworkers = "lots"\n')
    named = ("status", "--config", str(broken))
    assert command(tmp_path, *named).returncode == 2
    result = command(tmp_path, *named, "--server", "http://127.0.0.1:1")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "http://127.0.0.1:1 cannot be reached (Connection refused).\n"
