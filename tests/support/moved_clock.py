"""A settable wall clock for services under test."""

from __future__ import annotations

import os
import struct
from pathlib import Path

HOOK = Path(__file__).with_name("moving_clock")
FAKETIME = [*Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")]
"""libfaketime, if it is installed: it moves the clock of Redis as well."""


class MovedClock:
    """A wall clock that tests can move, also for running processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "moved-clock"
        self._faketime = folder / "faketime"
        self._file.touch()
        self.set(0)

    def set(self, seconds: float) -> None:
        """Set the clock so many seconds ahead of the right time."""
        with self._file.open("r+b") as file:  # in place: it is mapped into memory
            file.write(struct.pack("d", seconds))
        replacement = self._faketime.with_suffix(".new")
        replacement.write_text(f"{seconds:+f}\n", encoding="ascii")
        replacement.replace(self._faketime)

    def environment(self) -> dict[str, str]:
        """Environment for a service process with this clock; its Redis keeps the right one."""
        return {"PYTHONPATH": str(HOOK), "MOVED_CLOCK": str(self._file)}

    def environment_of_all(self) -> dict[str, str]:
        """Environment for a process and its children, including Redis; needs libfaketime."""
        return {
            "LD_PRELOAD": os.fspath(FAKETIME[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._faketime),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
