"""CPU time and memory of a process tree, from /proc (Linux)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")  # per second
MIB = 1024  # KiB
_ROLLUP = re.compile(r"^(Rss|Pss):\s+(\d+)", re.MULTILINE)


def cpu(root: int) -> float:
    """Seconds of user and system time of this process and its descendants, also ended ones."""
    total = 0
    for process in _tree(root):
        fields = _stat(process)
        total += sum(int(field) for field in fields[11:15])
    return total / TICKS


def resident(root: int) -> float:
    """Resident memory of this process alone, in MiB."""
    return _memory(root).get("Rss", 0) / MIB


def resident_tree(root: int) -> float:
    """Memory of this process and its descendants, in MiB; shared memory counts once."""
    return sum(_memory(process).get("Pss", 0) for process in _tree(root)) / MIB


def _tree(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += children.get(process, [])


def _stat(process: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; none when the process has ended."""
    try:
        return (PROC / str(process) / "stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def _memory(process: int) -> dict[str, int]:
    try:
        rollup = (PROC / str(process) / "smaps_rollup").read_text()
    except OSError:
        return {}
    return {name: int(kib) for name, kib in _ROLLUP.findall(rollup)}
