"""Claims on the data folder: one process, or several with different names."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from service.store.data_folder import FolderInUse, claimed
from tests.support import api_keys

IN_USE = (
    r"Another Feedmill process already uses the data folder .*--data-dir\. .* can share "
    r".* \[redis\] url, .* \[service\] node"
)
NAME = "process named a already uses the data folder .* --set service.node=NAME"


@pytest.mark.parametrize("node", ["", "other"])
def test_a_process_can_claim_the_folder_alone(tmp_path: Path, node: str) -> None:
    with claimed(tmp_path, alone=True):
        with pytest.raises(FolderInUse, match=IN_USE), claimed(tmp_path, alone=True, node=node):
            pytest.fail("it must not be claimed twice")
        with pytest.raises(FolderInUse, match=IN_USE), claimed(tmp_path, alone=False, node=node):
            pytest.fail("it must not be shared")
    with claimed(tmp_path, alone=True, node=node):
        pass


def test_processes_that_share_the_folder_have_different_names(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        names = [stack.enter_context(claimed(tmp_path, alone=False)) for _ in range(3)]
        assert names == [names[0], f"{names[0]}-2", f"{names[0]}-3"]
        with pytest.raises(FolderInUse, match=IN_USE), claimed(tmp_path, alone=True):
            pytest.fail("it is shared")
    with claimed(tmp_path, alone=False) as again:
        assert again == names[0]


def test_a_configured_name_can_be_claimed_once(tmp_path: Path) -> None:
    with claimed(tmp_path, alone=False, node="a") as name:
        assert name == "a"
        with pytest.raises(FolderInUse, match=NAME), claimed(tmp_path, alone=False, node="a"):
            pytest.fail("it must not be claimed twice")
        with claimed(tmp_path, alone=False, node="b"):
            pass


def test_a_killed_process_releases_its_locks(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from service.store.data_folder import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1]), alone=True):\n"
        "    print('claimed', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"claimed\n"
        with pytest.raises(FolderInUse), claimed(tmp_path, alone=True):
            pytest.fail("it is in use")
        other.kill()
        other.wait()
        with claimed(tmp_path, alone=True):
            pass


def test_a_created_folder_is_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with claimed(tmp_path / "data", alone=True):
            folders = [tmp_path / "data", tmp_path / "data" / "nodes"]
            assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700, 0o700]
        api_keys.create(tmp_path / "keys" / "feedmill.db", "ann", ["content"])
        assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with (
            pytest.raises(FolderInUse, match=r"The data folder .* cannot be written \("),
            claimed(folder, alone=True),
        ):
            pytest.fail("it cannot be made")


def test_a_lock_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "nodes" / "all").mkdir(parents=True)
    with (
        pytest.raises(FolderInUse, match="cannot be written"),
        claimed(tmp_path, alone=True),
    ):
        pytest.fail("it cannot be locked")
