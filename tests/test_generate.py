"""`run.py generate`: a client at the terminal, against the real service."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from PIL import Image

from tests.running import HOME, START, Running, command, running_service, spawn
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
SLOW = (*SIMULATED, "text.simulated.delay=2", "text.workers=1")
Told = subprocess.CompletedProcess[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running_service(tmp_path_factory.mktemp("service"), *SIMULATED) as running:
        yield running


async def generated(tmp_path: Path, *arguments: str, **environment: str) -> Told:
    """What `run.py generate` did, with nobody at a terminal."""
    told = await asyncio.to_thread(
        command, tmp_path, "generate", *arguments, environment=environment
    )
    assert "Traceback" not in told.stderr
    assert "\x1b" not in told.stdout + told.stderr
    return told


async def started(
    tmp_path: Path, *arguments: str, output: int = asyncio.subprocess.PIPE
) -> asyncio.subprocess.Process:
    """`run.py generate`, running."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, str(HOME / "run.py"), "generate", *arguments),
        stdout=output,
        stderr=output,
        cwd=tmp_path,
    )


async def in_the_middle(tmp_path: Path) -> None:
    """Return as soon as a part of a text was told, and not all of it."""

    def told() -> bool:
        with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
            row = database.execute("SELECT 1 FROM events WHERE name = 'text.delta'").fetchone()
            return row is not None

    await wait_until(told, "some of the text was told", seconds=20)


def statuses(tmp_path: Path) -> list[str]:
    with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
        return [status for (status,) in database.execute("SELECT status FROM requests")]


async def test_the_text_goes_to_standard_output_and_the_picture_to_a_file(
    tmp_path: Path, service: Running
) -> None:
    told = await generated(tmp_path, "A fox at dawn", "--out", "there", FEEDMILL_SERVER=service.url)
    assert told.returncode == 0, told.stderr
    assert told.stdout == "generated text for A fox at dawn\n\n#generated #simulated\n"
    [picture] = (tmp_path / "there").iterdir()
    assert picture.name == "a-fox-at-dawn.png"
    assert told.stderr == "The picture is in there/a-fox-at-dawn.png\n"
    with Image.open(picture) as image:
        image.verify()


async def test_a_result_as_json_and_no_picture_is_written_over(
    tmp_path: Path, service: Running
) -> None:
    (tmp_path / "fox.png").write_text("mine")
    wish = ("fox", "--tag", "image", "--seed", "7", "--json", "--server", service.url)
    told = json.loads((await generated(tmp_path, *wish)).stdout)
    assert told["status"] == "completed"
    assert told["text"] is None
    assert told["picture"] == "fox-2.png"
    assert (tmp_path / "fox-2.png").stat().st_size > 0
    assert (tmp_path / "fox.png").read_text() == "mine"


async def test_the_service_is_looked_for_where_it_is_configured(
    tmp_path: Path, service: Running
) -> None:
    port = service.url.rpartition(":")[2]
    wish = ("fox", "--tag", "text", "--set", f"http.port={port}")
    assert (await generated(tmp_path, *wish)).stdout == "generated text for fox\n"


async def test_what_cannot_be_done_is_told_in_a_sentence(tmp_path: Path, service: Running) -> None:
    (tmp_path / "file").touch()
    for arguments, says in (
        (("fox", "--server", "http://127.0.0.1:1"), "cannot be reached (Connection refused)."),
        (("fox", "--server", "ftp://somewhere"), "is not the address of a service"),
        (("", "--server", service.url), "prompt: Must not be empty."),
        (("fox", "--out", "file", "--server", service.url), "file cannot be written"),
        (("fox", "--set", "http.port=0"), "say with --server"),
    ):
        told = await generated(tmp_path, *arguments)
        assert (told.returncode, told.stdout) == (1, ""), arguments
        assert says in told.stderr
        assert told.stderr.count("\n") == 1


async def test_a_prompt_that_is_no_text_is_refused(tmp_path: Path) -> None:
    told = await generated(tmp_path, os.fsdecode(b"fox \xff"))
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.endswith("argument PROMPT: it is not text in UTF-8\n")


async def test_a_key_opens_the_door(tmp_path: Path) -> None:
    right = command(tmp_path, "keys", "create", "ann").stdout.strip()
    (tmp_path / "key").write_text(f"{right}\n")
    async with running_service(tmp_path, *SIMULATED) as service:
        wish = ("fox", "--tag", "text", "--server", service.url)
        for environment, arguments, code in (
            ({}, (), 1),
            ({"FEEDMILL_KEY": right}, (), 0),
            ({}, ("--key-file", "key"), 0),
        ):
            told = await generated(tmp_path, *wish, *arguments, **environment)
            assert told.returncode == code, told.stderr
            assert bool(told.stderr) == bool(code)
            assert "key" in told.stderr or not code


async def test_what_failed_and_what_there_is_no_room_for_says_so(tmp_path: Path) -> None:
    broken = ("text.simulated.failure_rate=1", "text.attempts=1")
    async with running_service(tmp_path, *SIMULATED, *broken) as service:
        told = await generated(tmp_path, "fox", "--server", service.url)
        assert (told.returncode, told.stdout) == (1, "")
        picture, sentence = told.stderr.splitlines()
        assert picture == "The picture is in fox.png"  # the part that was made is there
        assert sentence.startswith("The request failed. text: ")


async def test_a_full_queue_is_told_and_ctrl_c_cancels_the_request(tmp_path: Path) -> None:
    endless = ("text.simulated.delay=60", "text.max_queued=1")
    async with running_service(tmp_path, *SIMULATED, *endless) as service:
        wish = ("fox", "--tag", "text", "--server", service.url)
        client = await started(tmp_path, *wish)
        await in_the_middle(tmp_path)
        told = await generated(tmp_path, *wish)
        assert (told.returncode, told.stdout) == (1, "")
        assert " Try again in " in told.stderr

        client.send_signal(signal.SIGINT)
        output, errors = await client.communicate()
        assert client.returncode == 128 + signal.SIGINT
        assert output == b""
        assert errors.decode().endswith(" is cancelled.\n")
        assert statuses(tmp_path) == ["cancelled"]


async def test_a_restart_in_the_middle_is_waited_out(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SLOW)
    url = (await running.logged("ready", seconds=START))["url"]
    client = await started(tmp_path, "words that are worth the wait", "--server", url)
    await in_the_middle(tmp_path)
    await running.kill()
    async with running_service(tmp_path, *SLOW, f"http.port={url.rpartition(':')[2]}"):
        output, errors = await client.communicate()
    assert client.returncode == 0, errors
    assert output.decode().startswith("generated text for words that are worth the wait\n")
    assert (tmp_path / "words-that-are-worth-the-wait.png").exists()


async def test_at_a_terminal_the_place_and_the_text_are_shown_as_they_come(tmp_path: Path) -> None:
    slow = (*SIMULATED, "text.simulated.delay=3", "text.workers=1")
    async with running_service(tmp_path, *slow) as service, ClientSession(service.url) as http:
        for _ in range(2):
            async with http.post("/content", json={"prompt": "before it", "tag": "text"}) as taken:
                assert taken.status == 202
        own, theirs = pty.openpty()
        wish = ("a [red]fox[/]", "--tag", "text", "--server", service.url)
        client = await started(tmp_path, *wish, output=theirs)
        os.close(theirs)
        shown = await asyncio.to_thread(everything, own)
        assert await client.wait() == 0
    assert "queued · " in shown
    assert "writing · " in shown
    assert re.search(r"\ngenerated text f[^\n]{0,8}\r\x1b", shown), "some words of it, and no more"
    assert "generated text for a [red]fox[/]\r\n" in shown
    assert "\x1b[?25h" in shown, "the cursor is there again"


def everything(terminal: int) -> str:
    """What is written to a terminal until nobody has it open any more."""
    said = b""
    with contextlib.suppress(OSError):  # how a terminal ends
        while piece := os.read(terminal, 65536):
            said += piece
    os.close(terminal)
    return said.decode()


async def test_the_service_does_not_pay_for_what_only_a_terminal_needs() -> None:
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", str(HOME / "run.py"), "--check"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    imported = (await python.communicate())[1].decode()
    assert re.search(r"\| +structlog\n", imported)
    assert not re.search(r"\| +rich\.", imported)
