"""A path is bytes, and the program lies somewhere: both may be anything."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import embedded_redis
from tests.support.running import HOME, Running, command, running_service
from tests.support.waiting import completed

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
ODD = os.fsdecode(b"caf\xe9 'x'")
WISH = {"prompt": "a fox", "tag": "instagram"}


@pytest.fixture
def odd() -> Iterator[Path]:
    """A folder whose name is no UTF-8, with a space and quotes; its path is short for a socket."""
    with tempfile.TemporaryDirectory(prefix="fm") as short:
        folder = Path(short) / ODD
        try:
            folder.mkdir()
        except OSError:
            pytest.skip("this file system takes UTF-8 only")
        yield folder


async def made(http: ClientSession) -> dict[str, Any]:
    """A post, and that its picture is served."""
    async with http.post("/content", json=WISH) as answer:
        id_ = (await answer.json())["RequestId"]
    post = await completed(http, id_)
    async with http.get(post["imageUri"]) as answer:
        assert answer.status == 200
    return post


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def last_word(line: str) -> bytes:
    """The last word of a command line as bash has it."""
    words = ["bash", "-c", f"printf '%s\\n' {line}"]
    return subprocess.run(words, capture_output=True, check=True).stdout.splitlines()[-1]


async def test_the_data_folder_may_have_any_name(odd: Path) -> None:
    async with (
        running_service(odd, "text.generator=simulated") as service,
        ClientSession(service.url) as http,
    ):
        await made(http)
        async with http.get("/status") as answer:
            assert (await answer.json())["ready"] is True
        [ready] = [line for line in service.log_lines() if line["event"] == "ready"]
    assert ready["data"] == f"{odd.parent}/caf\\xe9 'x'/data"
    assert last_word(ready["redis"]) == os.fsencode(odd / "data" / "redis" / "redis.sock")
    assert names(odd.parent) == [ODD]


async def test_the_socket_of_a_redis_may_have_any_name(odd: Path) -> None:
    async with embedded_redis(odd) as url:
        for address in (url, f"{url}?db=1"):
            redis = RedisConnection(address)
            assert await redis.one("PING") == b"PONG"
            redis.close()


async def test_commands_take_files_of_any_name(odd: Path) -> None:
    (odd / "my.toml").write_text(
        '[text]\ngenerator = "simulated"\n[image]\ngenerator = "simulated"'
    )
    named = ("--config", str(odd / "my.toml"), "--data-dir", str(odd / "data"))
    result = command(odd, "--check", *named)
    assert (result.returncode, result.stderr) == (0, "")
    assert "caf\\xe9 'x'/my.toml" in result.stdout
    key = command(odd, "keys", "create", "ann", "--yes", *named)
    (odd / "key").write_text("\ufeff" + key.stdout)
    async with running_service(odd, *SIMULATED) as service:
        submission = ("generate", "fox", "--server", service.url, "--key-file", str(odd / "key"))
        result = await asyncio.to_thread(command, odd, *submission, "--out", str(odd))
        assert result.returncode == 0, result.stderr
        assert result.stderr.endswith("/caf\\xe9 'x'/fox.png\n")
        result = await asyncio.to_thread(command, odd, *submission, "--out", str(odd), "--json")
        saved = Path(json.loads(result.stdout)["picture"])
    assert saved == odd / "fox-2.png"
    assert "fox-2.png" in names(odd)
    result = command(odd, "status", "--key-file", str(odd / "none"))
    assert result.returncode == 1
    assert result.stderr.endswith("/caf\\xe9 'x'/none cannot be read as a file with a key.\n")


@pytest.mark.parametrize("python", [("-P",), ("-I",), ()])
async def test_the_program_starts_from_anywhere(
    odd: Path, tmp_path: Path, python: tuple[str, ...]
) -> None:
    """From another folder, by way of a link, from a path that is no UTF-8, with safe paths."""
    program = odd / "program"
    program.mkdir()
    shutil.copy(HOME / "run.py", program)
    for package in ("service", "feedmill"):
        shutil.copytree(HOME / package, program / package)
    link = tmp_path / "feedmill"
    link.symlink_to(program / "run.py")
    settings = ("text.generator=simulated", "http.port=0", "log.format=json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *python, str(link), "--data-dir", "data"),
        *(word for setting in settings for word in ("--set", setting)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
        env=os.environ if python else os.environ | {"PYTHONSAFEPATH": "1"},
    )
    service = Running(process)
    try:
        url = (await service.logged("ready"))["url"]
        async with ClientSession(url) as http:
            await made(http)
    finally:
        await service.stop()
    assert process.returncode == 0
    assert "feedmill.db" in names(tmp_path / "data")


def test_a_backup_is_made_and_restored_under_any_name(odd: Path) -> None:
    assert command(odd, "keys", "create", "ann", "--yes").returncode == 0
    for target in ("backup", "backup.tar.gz", "backup.zip"):
        place = odd / target
        result = command(odd, "backup", str(place))
        assert result.returncode == 0, result.stderr
        again = odd / f"{target}-data"
        result = command(odd, "restore", str(place), "--data-dir", str(again))
        assert result.returncode == 0, result.stderr
        assert "ann" in command(odd, "keys", "list", "--data-dir", str(again)).stdout
