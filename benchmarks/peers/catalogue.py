"""The peers: their commands, and what they promise.

Each has a separate environment in `.peers`, created when it is first measured: of the locked
packages in `packages`, or of the package-lock.json of its program.
"""

from __future__ import annotations

import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import HOME

KEPT = HOME / ".peers"
PROGRAMS = Path(__file__).with_name("programs")
PACKAGES = Path(__file__).with_name("packages")
LONGEST = 600.0  # seconds that an installation may take
CONCURRENCY = "100"  # concurrent jobs of a worker


@dataclass(frozen=True)
class Peer:
    """The commands run in PROGRAMS; `first` once before the others. PORT stands for the port."""

    title: str
    killed: str
    """What becomes of accepted jobs when the worker is killed (SIGKILL), as its authors say."""
    front: tuple[str, ...]
    worker: tuple[str, ...]
    first: tuple[str, ...] = ()
    npm: str = ""
    """The folder of PROGRAMS with its package-lock.json, if it is a program for Node."""


PEERS = {
    "arq": Peer(
        "aiohttp, arq",
        "run again after 5 min",
        ("python", "arq_peer.py"),
        ("arq", "arq_peer.WorkerSettings"),
    ),
    "saq": Peer(
        "aiohttp, saq",
        "run again after 10 s",
        ("python", "saq_peer.py"),
        ("saq", "saq_peer.settings", "--quiet"),
    ),
    "taskiq": Peer(
        "aiohttp, taskiq (streams)",
        "run again after 10 min",
        ("python", "taskiq_peer.py"),
        (
            *("taskiq", "worker", "--workers", "1", "--max-async-tasks", CONCURRENCY),
            *("--log-level", "ERROR", "taskiq_peer:broker"),
        ),
    ),
    "docket": Peer(
        "aiohttp, docket (streams)",
        "run again after 5 min",
        ("python", "docket_peer.py"),
        ("python", "docket_peer.py", "worker"),
    ),
    "streaq": Peer(
        "aiohttp, streaq (streams)",
        "run again after 1 min",
        ("python", "streaq_peer.py"),
        ("streaq", "run", "streaq_peer:worker"),
    ),
    "django": Peer(
        "Django, DRF, Celery (what Feedmill replaced)",
        "those that run are lost",
        (
            *("gunicorn", "--workers", "2", "--bind", "127.0.0.1:PORT", "--log-level", "error"),
            "django_peer:application",
        ),
        ("celery", "--app", "django_peer:celery", "worker", "-c", "2", "-l", "error"),
        first=("python", "django_peer.py"),
    ),
    "bullmq": Peer(
        "Fastify, BullMQ (Node)",
        "run again after 30 s",
        ("node", "front.js"),
        ("node", "worker.js"),
        npm="bullmq",
    ),
}


class CannotInstall(Exception):
    """A peer cannot be installed on this machine."""


def install(name: str) -> Path:
    """Install a peer if it is not; returns the folder of its commands. Raises CannotInstall."""
    peer, home = PEERS[name], KEPT / name
    done = home / "installed"
    lock = PROGRAMS / peer.npm / "package-lock.json" if peer.npm else PACKAGES / f"{name}.txt"
    commands = home / ("node_modules/.bin" if peer.npm else "bin")
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return commands
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    if peer.npm:
        if shutil.which("npm") is None:
            raise CannotInstall("there is no npm")
        shutil.copytree(PROGRAMS / peer.npm, home, dirs_exist_ok=True)
        command = ["npm", "ci", "--silent", "--no-audit", "--no-fund"]
    else:
        venv.create(home, with_pip=True)
        locked = ("--quiet", "--no-deps", "--require-hashes", "-r", str(lock))
        command = [str(commands / "python"), "-m", "pip", "install", *locked]
    try:
        subprocess.run(command, cwd=home, check=True, timeout=LONGEST)
    except subprocess.SubprocessError as error:
        raise CannotInstall(str(error)) from error
    done.write_bytes(lock.read_bytes())
    return commands


def folder(name: str) -> Path:
    """The folder in which the commands of a peer run."""
    return KEPT / name if PEERS[name].npm else PROGRAMS
