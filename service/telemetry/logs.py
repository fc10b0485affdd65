"""Logs: readable colours on a terminal, otherwise one JSON object per line.

Logging must not delay or stop the service: a full disk, or a reader that stalls or leaves, loses
lines, not requests.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any

import msgspec
import structlog

from service.process.standard_streams import UNENCODABLE, shown
from service.telemetry.log_writer import LogWriter

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
TRACEBACK_INTERVAL_SECONDS = 60.0  # between two tracebacks of the same failure
MAX_REMEMBERED_TRACEBACKS = 256  # different failures
FIRST = ("timestamp", "level", "event")


def configure(level: str, form: str) -> None:
    """Send logs of this level and above to the standard output; `form` as in `[log] format`.

    Logs and warnings of libraries, and uncaught errors, go there as well.
    """
    common: list[Any] = [structlog.processors.add_log_level, _add_timestamp, RepeatedTracebacks()]
    if form == "console" or (form == "auto" and sys.stdout.isatty()):
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(),
            exception_formatter=structlog.dev.plain_traceback,  # others show values of variables
        )
        last: list[Any] = [_printable, renderer, _encoded]
    else:
        last = [structlog.processors.format_exc_info, _json]
    # a separate descriptor: the last lines are written even if standard output is closed
    writer = LogWriter(os.dup(sys.stdout.fileno()), partial(_notice, last))
    atexit.register(writer.close)
    _Writer.current = writer
    structlog.configure(
        processors=[*common, *last],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.BytesLoggerFactory(writer),  # type: ignore[arg-type] # has all that is asked of it
        cache_logger_on_first_use=True,
    )
    # libraries log through the standard library; only warnings and errors are shown
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)
    logging.captureWarnings(capture=True)
    # aiohttp warns about headers of clients and quotes them: they may be keys, and fill the log
    logging.getLogger("aiohttp").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"aiohttp\.multipart")
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def lines_dropped() -> int:
    """The number of lines that could not be written since the start."""
    return _Writer.current.dropped if _Writer.current else 0


def close() -> None:
    """Wait briefly until all lines are written, at the end of the process."""
    if _Writer.current:
        _Writer.current.close()


class _Writer:
    """The log writer of this process."""

    current: LogWriter | None = None


def _notice(processors: Sequence[Any], missing: int) -> bytes:
    """The line in place of this many missing ones."""
    event: Any = {"level": "warning", "event": "log lines were dropped", "count": missing}
    for processor in (_add_timestamp, *processors):
        event = processor(None, "warning", event)
    return bytes(event) + b"\n"


class RepeatedTracebacks:
    """Shows the traceback of a failure once a minute: a defect may fail a thousand jobs."""

    def __init__(self) -> None:
        self._shown: dict[tuple[object, ...], float] = {}

    def __call__(self, _logger: Any, _method: str, event: Any) -> Any:
        error = _exception(event.get("exc_info"))
        if error is None:
            return event
        where = error.__traceback__
        while where is not None and where.tb_next is not None:
            where = where.tb_next
        place = where and (where.tb_frame.f_code.co_filename, where.tb_lineno)
        failure = (event.get("event"), type(error), place)
        now = time.monotonic()
        if now - self._shown.get(failure, -TRACEBACK_INTERVAL_SECONDS) < TRACEBACK_INTERVAL_SECONDS:
            del event["exc_info"]
            event["exception"] = traceback.format_exception_only(error)[-1].strip()
            return event
        if len(self._shown) >= MAX_REMEMBERED_TRACEBACKS:
            self._shown.clear()
        self._shown[failure] = now
        return event


def _exception(exc_info: Any) -> BaseException | None:
    """The exception for the `exc_info` of a log call."""
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    elif exc_info and not isinstance(exc_info, BaseException):
        exc_info = sys.exc_info()[1]
    return exc_info or None


class _ToStructlog(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - arguments that do not fit, somewhere in a library
            message = str(record.msg)
        structlog.get_logger().log(
            record.levelno, message, logger=record.name, exc_info=record.exc_info
        )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        structlog.get_logger().error("uncaught error", exc_info=(kind, error, trace))


def _uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    name = arguments.thread.name if arguments.thread else None
    structlog.get_logger().error(
        "uncaught error", thread=name, exc_info=arguments.exc_value or True
    )


def _unraisable(arguments: Any) -> None:
    structlog.get_logger().error(
        "uncaught error", where=repr(arguments.object), exc_info=arguments.exc_value or True
    )


class _Second:
    """The last second as text: most lines share it with the line before."""

    number = 0
    text = ""


def _add_timestamp(_logger: Any, _method: str, event: Any) -> Any:
    second, micros = divmod(time.time_ns() // 1000, 1_000_000)
    if second != _Second.number:
        _Second.text = f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        _Second.number = second
    event["timestamp"] = f"{_Second.text}.{micros:06d}Z"
    return event


def _printable(_logger: Any, _method: str, event: Any) -> Any:
    """Escape values, so that they cannot begin a new line or send codes to the terminal."""
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable() and key != "exception":
            readable = shown(value)  # a file name may have bytes that are not UTF-8
            event[key] = readable if readable.isprintable() else repr(value)
    return event


def _encoded(_logger: Any, _method: str, line: Any) -> bytes:
    encoded: bytes = line.encode(sys.stdout.encoding, UNENCODABLE)
    return encoded


def _json(_logger: Any, _method: str, event: Any) -> bytes:
    line = {key: event.pop(key, None) for key in FIRST} | event
    try:
        return msgspec.json.encode(line, enc_hook=str)
    except (UnicodeEncodeError, TypeError, ValueError):  # half a character, a strange key
        return msgspec.json.encode({shown(str(k)): _readable(v) for k, v in line.items()})


def _readable(value: Any) -> Any:
    if value is None or isinstance(value, float):
        return value
    if isinstance(value, int) and value.bit_length() < 64:  # noqa: PLR2004 - bits that msgspec takes
        return value
    if isinstance(value, list | tuple):
        return [_readable(item) for item in value]
    return shown(str(value))
