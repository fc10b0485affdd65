"""The log writer: a thread that writes the lines, so that nothing waits for the log's reader."""

from __future__ import annotations

import contextlib
import os
import select
import threading
from collections.abc import Callable

MAX_BYTES = 2**22  # of lines that wait; some 20,000 lines
GATHER_SECONDS = 0.01  # after the first line of a batch, so that one write serves many lines
CLOSE_SECONDS = 1.0  # that an exit waits for the last lines to be written


class LogWriter:
    """A file for log lines whose `write` never waits and never fails.

    While the reader stalls, lines wait in memory up to MAX_BYTES; further ones are dropped. As soon
    as the file can be written again, a line made by `notice` says how many are missing there.
    """

    def __init__(self, descriptor: int, notice: Callable[[int], bytes]) -> None:
        self.dropped = 0
        """Lines that were dropped since the start."""
        self._descriptor = descriptor
        self._notice = notice
        self._unreported = 0  # dropped lines that no notice has reported yet
        self._lines: list[bytes] = []
        self._bytes = 0  # of these lines, and of those that are being written
        self._is_closing = False
        self._changed = threading.Condition()
        self._is_waiting = False  # whether the thread waits for a line
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def write(self, line: bytes) -> None:
        """Queue a line for writing, or drop it if there is no room."""
        with self._changed:
            if self._bytes + len(line) > MAX_BYTES:
                self._drop(1)
                return
            if self._unreported:
                self._add_notice()
            self._add(line)

    def flush(self) -> None:
        """Does nothing: the thread writes as soon as it can."""

    def close(self) -> None:
        """Wait until everything is written, CLOSE_SECONDS at most."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._bytes, CLOSE_SECONDS)

    def _add(self, line: bytes) -> None:
        self._lines.append(line)
        self._bytes += len(line)
        if self._is_waiting:
            self._is_waiting = False
            self._changed.notify_all()

    def _add_notice(self) -> None:
        missing, self._unreported = self._unreported, 0
        self._add(self._notice(missing))

    def _drop(self, lines: int) -> None:
        self.dropped += lines
        self._unreported += lines

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._lines:
                    self._is_waiting = True
                    self._changed.wait()
            with self._changed:
                self._changed.wait_for(lambda: self._is_closing, GATHER_SECONDS)
                batch, self._lines = self._lines, []
            is_written = self._write(b"".join(batch))
            with self._changed:
                self._bytes -= sum(map(len, batch))
                if not is_written:
                    self._drop(len(batch))
                elif self._unreported and not self._lines:
                    self._add_notice()
                self._changed.notify_all()

    def _write(self, data: bytes) -> bool:
        """Whether the data was written; False for a full disk or a reader that has left."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # another process has made the pipe non-blocking
                self._wait_for_room()
            except OSError:
                return False
        return True

    def _wait_for_room(self) -> None:
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLOUT)
        with contextlib.suppress(OSError):
            waiting.poll()
