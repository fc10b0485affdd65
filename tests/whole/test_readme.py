"""Runs the tour of the README unchanged, and checks that the files it links exist."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from service.commands import COMMANDS
from service.generators.catalogue import IMAGE, TEXT
from tests.support.running import HOME, Running, running_service

README = (HOME / "README.md").read_text()


def tour() -> str:
    """The shell blocks of the tour, as one script."""
    section = README.split("## A tour with curl")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    assert len(blocks) > 4
    return "set -eu\n" + "\necho\n".join(blocks)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour needs curl on PATH")
async def test_the_tour_with_curl_works(tmp_path: Path) -> None:
    simulated = ("text.generator=simulated", "image.generator=simulated")
    async with running_service(tmp_path, *simulated) as service:
        shell = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            tour(),
            cwd=tmp_path,
            env={
                "FEEDMILL": service.url,
                "PATH": "/usr/bin:/bin:/usr/local/bin",
                "TMPDIR": str(tmp_path),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await shell.communicate()
        assert shell.returncode == 0, output.decode()
    text = output.decode()
    [folder] = tmp_path.glob("tmp.*")  # noqa: ASYNC240 - of a shell that has ended
    accepted = json.loads((folder / "answer.json").read_text())
    view = json.loads((folder / "view.json").read_text())
    [post] = json.loads((folder / "feed.json").read_text())
    assert accepted["message"] in README
    assert view.keys() == {"status", "text", "imageUri", "error"}
    assert post["id"] == accepted["RequestId"]
    assert "}]\n[]\n" in text, "the feed, and after its newest post nothing new"
    assert (folder / "picture").stat().st_size > 0
    assert "/problems#invalid-request" in text


@pytest.mark.asyncio(loop_scope="session")
async def test_the_program_of_the_readme_works(service: Running, tmp_path: Path) -> None:
    [program] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(program.splitlines()) <= 22
    python = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program.replace("http://127.0.0.1:8000", service.url)),
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOME)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await python.communicate()
    assert (python.returncode, errors) == (0, b"")
    assert b"generated text for A rainy morning in Lisbon" in output
    assert b"saved as pictures/a-rainy-morning-in-lisbon.png" in output


def test_the_readme_lists_every_command() -> None:
    [listed] = re.findall(r"```\n(python run\.py \[.*?)```", README, re.DOTALL)
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    for command in COMMANDS:
        command.add(commands)
    assert [name for name in commands.choices if not re.search(rf"[ |]{name}\b", listed)] == []


@pytest.mark.parametrize("kind", ["text", "image"])
def test_the_readme_names_every_generator(kind: str) -> None:
    [row] = re.findall(rf"^\| {kind} \|.*", README, re.MULTILINE)
    named = {"text": TEXT, "image": IMAGE}[kind].keys() - {"simulated"}
    assert [name for name in named if f"`{name}`" not in row] == []
    assert "plug-in" in row
    assert "class of your own" in row


def test_every_link_in_the_readme_leads_to_a_file() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (HOME / target).exists(), target
