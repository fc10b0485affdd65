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
from contextlib import aclosing, closing
from pathlib import Path

import pytest
from aiohttp import ClientSession
from PIL import Image

from tests.support import api_keys
from tests.support.hold import Hold
from tests.support.pictures import picture as sample
from tests.support.running import HOME, Running, command, running_service, spawn
from tests.support.streaming import follow
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
SLOW = (*SIMULATED, "text.simulated.delay=2", "text.workers=1")
Outcome = subprocess.CompletedProcess[str]


async def generated(tmp_path: Path, *arguments: str, **environment: str) -> Outcome:
    """The result of `run.py generate` without a terminal."""
    outcome = await asyncio.to_thread(
        command, tmp_path, "generate", *arguments, environment=environment
    )
    assert "Traceback" not in outcome.stderr
    assert "\x1b" not in outcome.stdout + outcome.stderr
    return outcome


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


async def accepted(http: ClientSession) -> str:
    """The id of the newest request, as soon as there is one."""

    async def newest() -> str | None:
        async with http.get("/content") as answer:
            records = (await answer.json())["requests"]
        return str(records[0]["id"]) if records else None

    return await eventually(newest, "a request is accepted")


async def in_the_middle(http: ClientSession, id_: str) -> None:
    """Return as soon as a part of a text has arrived, and not all of it."""
    async with aclosing(follow(http, f"/content/{id_}/events?after=0")) as events:
        async for event in events:
            if event.name == "text.delta":
                return


def statuses(tmp_path: Path) -> list[str]:
    with closing(sqlite3.connect(tmp_path / "data" / "feedmill.db")) as database:
        return [status for (status,) in database.execute("SELECT status FROM requests")]


async def test_the_text_goes_to_standard_output_and_the_picture_to_a_file(
    tmp_path: Path, service: Running
) -> None:
    outcome = await generated(
        tmp_path, "A fox at dawn", "--out", "there", FEEDMILL_SERVER=service.url
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout == "generated text for A fox at dawn\n\n#generated #simulated\n"
    [picture] = (tmp_path / "there").iterdir()
    assert picture.name == "a-fox-at-dawn.png"
    assert outcome.stderr == "The picture is in there/a-fox-at-dawn.png\n"
    with Image.open(picture) as image:
        image.verify()


async def test_json_is_printed_and_existing_pictures_are_not_overwritten(
    tmp_path: Path, service: Running
) -> None:
    (tmp_path / "fox.png").write_text("mine")
    submission = ("fox", "--tag", "image", "--seed", "7", "--json", "--server", service.url)
    outcome = json.loads((await generated(tmp_path, *submission, "--out", ".")).stdout)
    assert outcome["status"] == "completed"
    assert outcome["text"] is None
    assert outcome["picture"] == "fox-2.png"
    assert (tmp_path / "fox-2.png").stat().st_size > 0
    assert (tmp_path / "fox.png").read_text() == "mine"


async def test_variants_of_a_model_and_a_picture_to_start_from(
    tmp_path: Path, service: Running
) -> None:
    (tmp_path / "photo.png").write_bytes(sample("PNG", 20, 20))
    common = ("fox", "--server", service.url, "--out", "there")
    variants = ("--tag", "image", "--n", "3", "--model", "image", "--image", "photo.png")
    outcome = await generated(tmp_path, *common, *variants)
    assert outcome.returncode == 0, outcome.stderr
    saved = sorted((tmp_path / "there").iterdir())
    assert [file.name for file in saved] == ["fox-2.png", "fox-3.png", "fox.png"]
    assert len({file.read_bytes() for file in saved}) == 1
    outcome = await generated(tmp_path, *common, "--tag", "text", "--n", "2")
    assert outcome.stdout == "generated text for fox\n" * 2
    for words, sentence in (
        (("--n", "9"), "n: Must be an integer <= 8."),
        (("--model", "nope"), "There is no model “nope”"),
        (("--image", "nothing.png"), "nothing.png cannot be read (No such file or directory)."),
        (("--tag", "image", "--image", "/media/x.png"), "There is no picture of this service"),
    ):
        outcome = await generated(tmp_path, *common, *words)
        assert (outcome.returncode, sentence in outcome.stderr) == (1, True), outcome.stderr


async def test_without_out_the_address_of_the_picture_is_printed(
    tmp_path: Path, service: Running, http: ClientSession
) -> None:
    submission = ("fox", "--tag", "image", "--server", service.url)
    outcome = await generated(tmp_path, *submission)
    assert (outcome.returncode, outcome.stdout) == (0, "")
    words, _, address = outcome.stderr.strip().rpartition(" ")
    assert words == "The picture is at"
    assert address.startswith(f"{service.url}/media/")
    async with http.get(address) as answer:
        assert answer.content_type == "image/png"
    line = (await generated(tmp_path, *submission, "--json")).stdout
    assert line.endswith("}\n")
    result = json.loads(line)
    assert (result["picture"], result["pictureUrl"]) == (None, address)
    assert names(tmp_path) == []


async def test_the_text_is_printed_even_if_the_picture_cannot_be_saved(
    tmp_path: Path, service: Running
) -> None:
    own, theirs = pty.openpty()
    (tmp_path / "feedmill-pictures").write_text("a file")
    client = await started(tmp_path, "fox", "--server", service.url, output=theirs)
    os.close(theirs)
    output = bytearray()
    await asyncio.to_thread(read_on, own, output)
    assert await client.wait() == 0
    assert b"generated text for fox" in output
    assert b"feedmill-pictures cannot be written (File exists). The picture is at http:" in output


async def test_the_address_of_the_service_comes_from_the_configuration(
    tmp_path: Path, service: Running
) -> None:
    port = service.url.rpartition(":")[2]
    submission = ("fox", "--tag", "text", "--set", f"http.port={port}")
    assert (await generated(tmp_path, *submission)).stdout == "generated text for fox\n"


async def test_errors_are_printed_as_sentences(tmp_path: Path, service: Running) -> None:
    (tmp_path / "file").touch()
    for arguments, says in (
        (("fox", "--server", "http://127.0.0.1:1"), "cannot be reached (Connection refused)."),
        (("fox", "--server", "ftp://somewhere"), "is not the address of a service"),
        (("", "--server", service.url), "prompt: Must not be empty."),
        (("fox", "--out", "file", "--server", service.url), "file cannot be written"),
        (("fox", "--set", "http.port=0"), "say with --server"),
    ):
        outcome = await generated(tmp_path, *arguments)
        assert (outcome.returncode, outcome.stdout) == (1, ""), arguments
        assert says in outcome.stderr
        assert outcome.stderr.count("\n") == 1


async def test_a_prompt_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    outcome = await generated(tmp_path, os.fsdecode(b"fox \xff"))
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert outcome.stderr.endswith("argument PROMPT: it is not text in UTF-8\n")


async def test_the_command_sends_its_key(tmp_path: Path) -> None:
    right = api_keys.create(tmp_path / "data" / "feedmill.db", "ann", ["content"])
    (tmp_path / "key").write_text(f"{right}\n")
    async with running_service(tmp_path, *SIMULATED) as service:
        submission = ("fox", "--tag", "text", "--server", service.url)
        for environment, arguments, code in (
            ({}, (), 1),
            ({"FEEDMILL_KEY": right}, (), 0),
            ({}, ("--key-file", "key"), 0),
        ):
            outcome = await generated(tmp_path, *submission, *arguments, **environment)
            assert outcome.returncode == code, outcome.stderr
            assert bool(outcome.stderr) == bool(code)
            assert "key" in outcome.stderr or not code


async def test_failures_and_a_full_queue_are_reported(tmp_path: Path) -> None:
    broken = ("text.simulated.failure_rate=1", "text.attempts=1")
    async with running_service(tmp_path, *SIMULATED, *broken) as service:
        outcome = await generated(tmp_path, "fox", "--server", service.url)
        assert (outcome.returncode, outcome.stdout) == (1, "")
        picture, sentence = outcome.stderr.splitlines()
        assert picture.startswith("The picture is at http://")  # the part that was made is there
        assert sentence.startswith("The request failed. text: ")


async def test_a_full_queue_is_reported_and_ctrl_c_cancels_the_request(tmp_path: Path) -> None:
    slow = (*SIMULATED, "text.simulated.delay=15", "text.max_queued=1")
    async with running_service(tmp_path, *slow) as service, ClientSession(service.url) as http:
        submission = ("fox", "--tag", "text", "--server", service.url)
        client = await started(tmp_path, *submission)
        id_ = await accepted(http)
        outcome = await generated(tmp_path, *submission)
        assert (outcome.returncode, outcome.stdout) == (1, "")
        assert " Try again in " in outcome.stderr

        await in_the_middle(http, id_)
        client.send_signal(signal.SIGINT)
        output, errors = await client.communicate()
        assert client.returncode == 128 + signal.SIGINT
        assert output == b""
        assert errors.decode().endswith(" is cancelled.\n")
        assert statuses(tmp_path) == ["cancelled"]


async def test_the_command_waits_for_a_restart(tmp_path: Path) -> None:
    running = await spawn(tmp_path, *SIMULATED, Hold(tmp_path).texts)
    url = (await running.logged("ready"))["url"]
    submission = ("words that are worth the wait", "--server", url, "--out", ".")
    client = await started(tmp_path, *submission)
    async with ClientSession(url) as http:
        await in_the_middle(http, await accepted(http))
    await running.kill()
    async with running_service(tmp_path, *SIMULATED, f"http.port={url.rpartition(':')[2]}"):
        output, errors = await client.communicate()
    assert client.returncode == 0, errors
    assert output.decode().startswith("generated text for words that are worth the wait\n")
    assert (tmp_path / "words-that-are-worth-the-wait.png").exists()


async def test_a_terminal_shows_the_position_and_the_growing_text(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SLOW) as service, ClientSession(service.url) as http:
        async with http.post("/pools/text/pause") as answer:
            assert answer.status == 200
        own, theirs = pty.openpty()
        submission = ("a [red]fox[/]", "--tag", "text", "--server", service.url)
        client = await started(tmp_path, *submission, output=theirs)
        os.close(theirs)
        output = bytearray()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(asyncio.to_thread(read_on, own, output))
                await wait_until(lambda: "queued · ".encode() in output, "its place")
                async with http.post("/pools/text/resume") as answer:
                    assert answer.status == 200
            assert await client.wait() == 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                client.kill()  # else, after a failure, it would wait for the service to come back
    shown = output.decode()
    assert "writing · " in shown
    assert re.search(r"\ngenerated text f[^\n]{0,8}\r\x1b", shown), "some words of it, and no more"
    assert "generated text for a [red]fox[/]\r\n" in shown
    assert "\x1b[?25h" in shown, "the cursor is there again"


async def test_the_picture_is_saved_at_a_terminal(tmp_path: Path, service: Running) -> None:
    own, theirs = pty.openpty()
    submission = ("fox", "--tag", "image", "--server", service.url)
    client = await started(tmp_path, *submission, output=theirs)
    os.close(theirs)
    output = bytearray()
    await asyncio.to_thread(read_on, own, output)
    assert await client.wait() == 0
    assert b"The picture is in feedmill-pictures/fox.png" in output
    assert names(tmp_path / "feedmill-pictures") == ["fox.png"]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def read_on(terminal: int, output: bytearray) -> None:
    """Add to `said` what is written to a terminal, until it is closed."""
    with contextlib.suppress(OSError):  # how a terminal ends
        while piece := os.read(terminal, 65536):
            output += piece
    os.close(terminal)


async def test_the_service_does_not_import_terminal_libraries() -> None:
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", str(HOME / "run.py"), "--check"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    imported = (await python.communicate())[1].decode()
    assert re.search(r"\| +structlog\n", imported)
    assert not re.search(r"\| +rich\.", imported)
