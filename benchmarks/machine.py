"""The machine of a measurement, without which its figures mean nothing."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from service.store.redis.server.embedded import find_server

LIBRARIES = ("aiohttp", "uvloop", "hiredis", "msgspec")
SYNCS = 50


def machine(folder: Path) -> dict[str, str]:
    """The facts about this machine that matter, by name; the disk is that of `folder`."""
    return {
        "CPU": f"{os.cpu_count()} cores, {_first('/proc/cpuinfo', 'model name')}",
        "memory": f"{int(_first('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "disk": f"{_sync(folder):.2f} ms to write 4 KiB and fsync it",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "Redis": _redis(),
        "SQLite": sqlite3.sqlite_version,
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def load() -> str:
    """The load average of the last minute, 5 and 15 minutes."""
    return " ".join(f"{average:.2f}" for average in os.getloadavg())


def _first(file: str, name: str) -> str:
    line = re.search(rf"^{name}\s*:\s*(.*)$", Path(file).read_text(), re.MULTILINE)
    return line[1] if line else "unknown"


def _redis() -> str:
    shown = subprocess.run([find_server(), "--version"], capture_output=True, text=True, check=True)
    parts = re.search(r"^(\w+).*?v=([\d.]+)", shown.stdout)
    return f"{parts[1]} {parts[2]}" if parts else shown.stdout.strip()


def _sync(folder: Path) -> float:
    """The median time of a write with fsync, in milliseconds."""
    took = []
    path = folder / "sync"
    with path.open("wb", buffering=0) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(took) * 1000
