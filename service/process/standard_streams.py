"""Standard input, output and error of this process, in any environment.

Daemons close descriptors 0 to 2, disks fill up, readers leave, and file names are bytes. None of
this causes a traceback.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

UNENCODABLE = "feedmill.readable"  # the name of `readable` among Python's error handlers

closed: set[int] = set()
"""The standard descriptors that were closed when this process started."""


class OutputLost(OSError):
    """Standard output cannot be written."""


def run(main: Callable[[], int]) -> int:
    """The exit code of `main`, which may print: closed streams lead to /dev/null from now on.

    If standard output cannot be written, `main` ends with a sentence, or without one if the reader
    has left. Errors on standard error are ignored.
    """
    _open_closed()
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = _text(_Output(1), sys.stdout)
    sys.stderr = _text(_Errors(2), sys.stderr)
    try:
        try:
            code = main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        sys.stdout.flush()
    except (OutputLost, BlockingIOError) as lost:
        drop_output()
        if lost.errno == errno.EPIPE:
            return 128 + signal.SIGPIPE
        sys.stderr.write(f"The output cannot be written ({lost.strerror}).\n")
        return 1
    return code


def drop_output() -> None:
    """Flush standard output if possible, and discard everything after."""
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # Python flushes once more at the very end
    os.close(nowhere)


def readable(error: UnicodeError) -> tuple[str, int]:
    r"""An error handler for encoding: bytes of a file name become \xe9, other characters \u2603."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(map(_escaped, bad)), error.end


codecs.register_error(UNENCODABLE, readable)


def shown(text: str) -> str:
    """A text that may contain a file name, in a form that any encoding supports."""
    return text if text.isascii() else text.encode("utf-8", UNENCODABLE).decode()


def _escaped(character: str) -> str:
    byte = ord(character) - 0xDC00  # Python's surrogate escape of a byte that is not UTF-8
    if 0x80 <= byte <= 0xFF:  # noqa: PLR2004 - of them
        return f"\\x{byte:02x}"
    return character.encode("ascii", "backslashreplace").decode()


def _open_closed() -> None:
    """Open closed descriptors: the next opened file would take their place, and libuv aborts."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            closed.add(number)
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # also for children


class _Raw(io.RawIOBase):
    def __init__(self, number: int) -> None:
        self._number = number

    def fileno(self) -> int:
        return self._number

    def isatty(self) -> bool:
        return os.isatty(self._number)

    def writable(self) -> bool:
        return True


class _Output(_Raw):
    def write(self, data: ReadableBuffer, /) -> int | None:
        try:
            return os.write(self._number, data)
        except BlockingIOError:
            return None
        except OSError as error:
            raise OutputLost(error.errno, error.strerror) from error


class _Errors(_Raw):
    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return os.write(self._number, data)
        except OSError:
            return memoryview(data).nbytes


def _text(raw: _Raw, like: TextIO | None) -> io.TextIOWrapper:
    is_stderr = isinstance(raw, _Errors)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=getattr(like, "encoding", None) or "utf-8",
        errors=UNENCODABLE,
        line_buffering=is_stderr or raw.isatty(),
        write_through=getattr(like, "write_through", False),
    )
