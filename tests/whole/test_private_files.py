"""What the service writes can be read by its owner alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.running import HOME, Running, command, running_service
from tests.support.waiting import completed, wait_until

SIMULATED = ("text.generator=simulated", "image.generator=simulated")
READ_ONLY = """
mount --make-rprivate /
mount --bind "$1" "$1"
mkdir "$1/shm" && mount --bind "$1/shm" "$1/shm"
while read -r _ place _; do
  case "$place" in "$1"*|/proc*|/sys*|/dev/*) ;; *) mount -o remount,bind,ro "$place" ;; esac
done < /proc/self/mounts
touch /tmp/x /var/tmp/x && exit 1
shift && exec "$@"
"""
"""Runs a command that may write nothing but its first argument's folder."""


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """As most people have it: everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """The files and folders, with modes, that others may do anything with."""
    paths = [folder, *folder.rglob("*")]
    return [f"{path} {path.lstat().st_mode:o}" for path in paths if path.lstat().st_mode & 0o077]


async def post(service: Running) -> None:
    async with ClientSession(service.url) as http:
        submission = {"prompt": "fox", "tag": "instagram", "user-id": "ann", "publish": True}
        async with http.post("/content", json=submission) as answer:
            id_ = (await answer.json())["RequestId"]
        await completed(http, id_)


async def test_other_users_can_read_no_file(tmp_path: Path) -> None:
    async with running_service(tmp_path, "text.generator=simulated") as service:
        await post(service)
        assert open_to_others(tmp_path / "data") == []
    assert open_to_others(tmp_path / "data") == []


async def test_creating_a_key_first_leaves_nothing_readable(tmp_path: Path) -> None:
    result = command(tmp_path, "keys", "create", "ann", "--yes")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "data" / "feedmill.db").exists()
    assert open_to_others(tmp_path / "data") == []


async def test_readable_files_are_made_private_at_the_start(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        await post(service)
    data = tmp_path / "data"
    (data / "mine").write_text("not the service's")
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    async with running_service(tmp_path, *SIMULATED):
        await wait_until(lambda: len(open_to_others(data)) == 1, "all of it is mended")
        assert open_to_others(data) == [f"{data / 'mine'} 100644"]
        assert stat.S_IMODE(data.stat().st_mode) == 0o700


async def test_a_picture_saved_by_the_command_has_the_usual_mode(tmp_path: Path) -> None:
    async with running_service(tmp_path, *SIMULATED) as service:
        submission = ("generate", "fox", "--tag", "image", "--out", "out", "--server", service.url)
        result = await asyncio.to_thread(command, tmp_path, *submission)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE((tmp_path / "out" / "fox.png").stat().st_mode) == 0o644


def can_mount() -> bool:
    words = ["unshare", "--mount", "--map-root-user", "mount", "--make-rprivate", "/"]
    return bool(shutil.which("unshare")) and subprocess.run(words, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="needs unshare, and a kernel that lets it mount")
async def test_the_service_starts_where_only_the_data_folder_can_be_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    settings = ("http.port=0", "log.format=json", "text.generator=simulated")
    process = await asyncio.create_subprocess_exec(
        *("unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, "sh", str(data)),
        *(sys.executable, str(HOME / "run.py"), "--data-dir", str(data)),
        *(word for setting in settings for word in ("--set", setting)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
    )
    service = Running(process)
    try:
        service.url = (await service.logged("ready"))["url"]
        await post(service)
    finally:
        await service.stop()
    assert process.returncode == 0
    assert not [line for line in service.log_lines() if line["level"] in {"warning", "error"}]
    assert list(data.glob("tmp")), "the folder for temporary files"
