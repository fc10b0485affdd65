"""Closed, full and broken standard streams: a sentence or silence, never a traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession

from service.process.standard_streams import shown
from tests.support.outside import unused_port
from tests.support.programs import ended
from tests.support.running import HOME, Running
from tests.support.waiting import HANGS_SECONDS, completed, eventually

FULL = Path("/dev/full")
COMMANDS = (
    ("--help",),
    ("--check",),
    ("openapi",),
    ("keys", "list"),
    ("status",),
    ("generate", "a fox", "--tag", "text", "--json"),
)


def closing(*numbers: int) -> list[str]:
    """How a program is started with these descriptors closed."""
    closed = " ".join(f"{number}{'<' if number == 0 else '>'}&-" for number in numbers)
    return ["sh", "-c", f'exec "$@" {closed}', "sh"]


@contextmanager
def spoiled(how: str) -> Iterator[int]:
    """A descriptor that cannot be written: its disk is full, or its reader has gone."""
    if how == "full":
        number = os.open(FULL, os.O_WRONLY)
    else:
        reader, number = os.pipe()
        os.close(reader)
    try:
        yield number
    finally:
        os.close(number)


async def ran(
    tmp_path: Path, command: tuple[str, ...], server: str, start: Sequence[str] = (), **how: Any
) -> subprocess.CompletedProcess[bytes]:
    """What a command of `run.py` did, with standard streams as in `how`."""
    words = [sys.executable, str(HOME / "run.py"), "--data-dir", str(tmp_path / "data"), *command]
    environment = {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}

    def run() -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*start, *words],
            env=environment | {"FEEDMILL_SERVER": server},
            cwd=tmp_path,
            timeout=HANGS_SECONDS,
            check=False,
            **how,
        )

    return await asyncio.to_thread(run)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_lost_output_is_reported_in_a_sentence_or_ignored(
    tmp_path: Path, service: Running, command: tuple[str, ...]
) -> None:
    with spoiled("full") as full, spoiled("broken") as broken:
        result, quiet = await asyncio.gather(
            ran(tmp_path, command, service.url, stdout=full, stderr=subprocess.PIPE),
            ran(tmp_path, command, service.url, stdout=broken, stderr=broken),
        )
    sentence = b"The output cannot be written (No space left on device).\n"
    assert (result.returncode, result.stderr) == (1, sentence)
    assert quiet.returncode == 128 + signal.SIGPIPE


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_a_stream_that_was_closed_before_the_start_is_no_output(
    tmp_path: Path, service: Running, command: tuple[str, ...]
) -> None:
    result, quiet = await asyncio.gather(
        ran(tmp_path, command, service.url, closing(0, 1), stderr=subprocess.PIPE),
        ran(tmp_path, command, service.url, closing(0, 1, 2)),
    )
    assert (result.returncode, result.stderr) == (0, b"")
    assert quiet.returncode == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_a_refusal_works_with_standard_error_closed(tmp_path: Path, service: Running) -> None:
    for command in (("--no-such-option",), ("--check", "--set", "no.such=1")):
        result = await ran(tmp_path, command, service.url, closing(2), stdout=subprocess.PIPE)
        assert (result.returncode, result.stdout) == (2, b"")


@pytest.mark.parametrize("numbers", [(0,), (1,), (2,), (0, 1, 2)])
async def test_the_service_starts_with_closed_descriptors(
    tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    # the drawing process starts last: what it inherits is worst when all three are missing
    drawing = () if len(numbers) == 3 else ("image.generator=simulated",)
    await serve_once(tmp_path, closing(*numbers), *drawing)


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
@pytest.mark.parametrize(("how", "form"), [("full", "json"), ("broken", "console")])
async def test_a_service_whose_log_is_lost_ends_with_0(tmp_path: Path, how: str, form: str) -> None:
    with spoiled(how) as lost:
        await serve_once(tmp_path, [], f"log.format={form}", stdout=lost, stderr=lost)


async def serve_once(tmp_path: Path, start: list[str], *settings: str, **how: Any) -> None:
    """Start the service, have it write and draw, and stop it; it must end well."""
    port = unused_port()
    options = (f"http.port={port}", "text.generator=simulated", *settings)
    process = await asyncio.create_subprocess_exec(
        *(*start, sys.executable, str(HOME / "run.py"), "--data-dir", str(tmp_path / "data")),
        *(word for setting in options for word in ("--set", setting)),
        **how,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with ClientSession(url) as http:

            async def ready() -> bool:
                assert process.returncode is None, "it has ended"
                try:
                    async with http.get("/readyz") as answer:
                        return answer.ok
                except ClientError:
                    return False

            await eventually(ready, "it is ready")
            submission = {"prompt": "a fox", "tag": "instagram"}
            async with http.post("/content", json=submission) as answer:
                id_ = (await answer.json())["RequestId"]
            await completed(http, id_)
    finally:
        code = await ended(process)
    assert code == 0


def test_bytes_of_a_file_name_are_shown_in_shell_notation() -> None:
    assert shown("/data/caf\udce9") == "/data/caf\\xe9"
    assert shown("café ☃ \ud83c") == "café ☃ \\ud83c"
