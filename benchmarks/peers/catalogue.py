"""The peers: their packages and commands.

Each has a separate environment in `.peers`, created when it is first measured.
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
FRONT = ("aiohttp==3.14.5", "uvloop==0.23.0", "hiredis==3.5.0")
LONGEST = 600.0  # seconds that an installation may take
CONCURRENCY = "100"  # concurrent jobs of a worker


@dataclass(frozen=True)
class Peer:
    """The commands run in PROGRAMS; `first` once before the others. PORT stands for the port."""

    packages: tuple[str, ...]
    front: tuple[str, ...]
    worker: tuple[str, ...]
    first: tuple[str, ...] = ()
    npm: str = ""
    """The folder of PROGRAMS whose package.json is installed, if it is a program for Node."""


PEERS = {
    "arq": Peer(
        (*FRONT, "arq==0.28.0"), ("python", "arq_peer.py"), ("arq", "arq_peer.WorkerSettings")
    ),
    "saq": Peer(
        (*FRONT, "saq[redis,hiredis]==0.26.4"),
        ("python", "saq_peer.py"),
        ("saq", "saq_peer.settings", "--quiet"),
    ),
    "taskiq": Peer(
        (*FRONT, "taskiq==0.13.0", "taskiq-redis==1.2.4"),
        ("python", "taskiq_peer.py"),
        (
            *("taskiq", "worker", "--workers", "1", "--max-async-tasks", CONCURRENCY),
            *("--log-level", "ERROR", "taskiq_peer:broker"),
        ),
    ),
    "django": Peer(
        (
            *("django==5.2.19", "djangorestframework==3.18.3", "celery[redis]==5.7.0"),
            *("gunicorn==27.0.1", "requests==2.34.2"),
        ),
        (
            *("gunicorn", "--workers", "2", "--bind", "127.0.0.1:PORT", "--log-level", "error"),
            "django_peer:application",
        ),
        ("celery", "--app", "django_peer:celery", "worker", "-c", "2", "-l", "error"),
        first=("python", "django_peer.py"),
    ),
    "bullmq": Peer((), ("node", "front.js"), ("node", "worker.js"), npm="bullmq"),
}

TITLES = {
    "arq": "aiohttp, arq",
    "saq": "aiohttp, saq",
    "taskiq": "aiohttp, taskiq (streams)",
    "django": "Django, DRF, Celery (what Feedmill replaced)",
    "bullmq": "Fastify, BullMQ (Node)",
}


class CannotInstall(Exception):
    """A peer cannot be installed on this machine."""


def install(name: str) -> Path:
    """Install a peer if it is not; returns the folder of its commands. Raises CannotInstall."""
    peer, home = PEERS[name], KEPT / name
    done = home / "installed"
    wanted = repr(peer.packages) + _package(peer)
    commands = home / ("bin" if peer.packages else "node_modules/.bin")
    if done.exists() and done.read_text() == wanted:
        return commands
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    if peer.npm:
        if shutil.which("npm") is None:
            raise CannotInstall("there is no npm")
        shutil.copytree(PROGRAMS / peer.npm, home, dirs_exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund"]
    else:
        venv.create(home, with_pip=True)
        command = [str(commands / "python"), "-m", "pip", "install", "--quiet", *peer.packages]
    try:
        subprocess.run(command, cwd=home, check=True, timeout=LONGEST)
    except subprocess.SubprocessError as error:
        raise CannotInstall(str(error)) from error
    done.write_text(wanted)
    return commands


def folder(name: str) -> Path:
    """The folder in which the commands of a peer run."""
    return KEPT / name if PEERS[name].npm else PROGRAMS


def _package(peer: Peer) -> str:
    return (PROGRAMS / peer.npm / "package.json").read_text() if peer.npm else ""
