"""Logs: one object a line for programs, readable for people, and never the end of the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import HANGS_SECONDS

HOME = Path(__file__).parents[2]
START = (
    "import logging, sys, threading, warnings; sys.modules['rich'] = None\n"  # as run.py does
    "from service.telemetry import logs; import structlog\n"
)


def logged(code: str, form: str = "json", level: str = "info", **options: Any) -> str:
    """What a process logs that runs this code."""
    code = f"{START}logs.configure({level!r}, {form!r}); log = structlog.get_logger()\n{code}"
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert process.stderr == ""
    output: str = process.stdout
    return output


def lines(code: str, **options: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logged(code, **options).splitlines()]


def test_a_line_begins_with_time_level_and_event() -> None:
    [line] = lines('log.info("finished", request="1", status="completed")')
    assert list(line) == ["timestamp", "level", "event", "request", "status"]
    assert (line["level"], line["event"]) == ("info", "finished")


def test_times_are_iso_8601_in_utc_and_rise() -> None:
    times = [line["timestamp"] for line in lines('for _ in range(99): log.info("x")')]
    assert times == sorted(times)
    assert all(len(time) == len("2026-01-31T08:00:00.000001Z") for time in times)
    assert {time[-1] for time in times} == {"Z"}


def test_only_the_configured_level_and_above_is_written() -> None:
    code = 'log.debug("a"); log.info("b"); log.warning("c"); log.error("d")'
    assert [line["event"] for line in lines(code, level="warning")] == ["c", "d"]
    assert [line["event"] for line in lines(code, level="debug")] == ["a", "b", "c", "d"]


TROUBLES = """
logging.getLogger("lib").error("it %s", "broke")
logging.getLogger("lib").error("it %d broke", "badly")
warnings.warn("it is old", DeprecationWarning)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Broken:
    def __del__(self): 1 / 0
Broken()
try: 1 / 0
except ZeroDivisionError: log.exception("it failed")
raise ValueError("nobody caught it")
"""


def test_every_error_is_one_line_of_the_same_form() -> None:
    entries = lines(f'warnings.simplefilter("always")\n{TROUBLES}')
    broke, badly, old, *failed = entries
    assert (broke["event"], badly["event"]) == ("it broke", "it %d broke")
    assert "it is old" in old["event"]
    assert [line["event"] for line in failed] == [
        *("uncaught error", "uncaught error", "it failed", "uncaught error")
    ]
    assert all("Traceback" in line["exception"] for line in failed)


def test_libraries_log_only_warnings_and_errors() -> None:
    assert lines('logging.getLogger("lib").info("chatter")', level="debug") == []


def test_anything_can_be_logged() -> None:
    values = ['"\\ud800"', "float('nan')", "b'\\xff'", "10**40", "{1: 2}", "object()", '"a\\nb"']
    entries = lines("\n".join(f'log.info("event", value={value})' for value in values))
    assert [line["event"] for line in entries] == ["event"] * len(values)


def test_colours_are_used_only_on_a_terminal() -> None:
    output = logged('log.info("finished", author="ann")', "console")
    assert "finished" in output
    assert "author=ann" in output
    assert "\x1b" not in output
    terminal, end = os.openpty()
    code = f'{START}logs.configure("info", "auto"); structlog.get_logger().info("finished")'
    subprocess.run([sys.executable, "-c", code], cwd=HOME, stdout=end, check=True)
    os.close(end)
    output = os.read(terminal, 10_000).decode()
    os.close(terminal)
    assert "\x1b" in output
    assert "finished" in output


def test_no_client_can_add_lines_to_the_log() -> None:
    for form in ("console", "json"):
        output = logged('log.info("published", author="a\\n2026 forged \\x1b[31m")', form)
        assert output.count("\n") == 1
        assert "\x1b" not in output


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_log_that_cannot_be_written_stops_nothing(form: str) -> None:
    code = (
        f'{START}logs.configure("info", {form!r}); log = structlog.get_logger()\n'
        'for _ in range(5): log.info("x" * 10000)\n'
        'print("went on", file=sys.stderr); import os; os._exit(0)'
    )
    read, write = os.pipe()
    os.close(read)  # the reader of the log has left
    for output in (write, os.open("/dev/full", os.O_WRONLY)):
        process = subprocess.run(
            [sys.executable, "-c", code],
            cwd=HOME,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        os.close(output)
        assert process.stderr == "went on\n"


WAYS = {
    "line": 'log.info("x" * 1000)',
    "library": 'logging.getLogger("lib").error("x" * 1000)',
    "event loop": 'loop.call_exception_handler({"message": "x" * 1000})',
    "warning": 'warnings.warn("x" * 1000)',
    "traceback": (
        "try: raise ValueError('x' * 1000)\n    except ValueError: log.exception(f'failed {n}')"
    ),
    "uncaught in a thread": (
        "t = threading.Thread(target=lambda: [].pop()); t.start(); t.join(); log.info('x' * 1000)"
    ),
}
"""Everything that writes to the log."""


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("way", WAYS)
def test_a_stalled_reader_of_the_log_delays_nothing(form: str, way: str) -> None:
    code = (
        f"{START}logs.configure('info', {form!r}); log = structlog.get_logger()\n"
        "import asyncio, os; loop = asyncio.new_event_loop(); warnings.simplefilter('always')\n"
        f"for n in range(500):\n    {WAYS[way]}\n"  # far more than a pipe holds
        "loop.close(); print('went on', file=sys.stderr, flush=True)"
    )
    read, write = os.pipe()  # without a reader
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=HOME,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=HANGS_SECONDS,
    )
    os.close(read)
    os.close(write)
    assert process.stderr == "went on\n"
    assert process.returncode == 0, "it ends although lines are left"


@pytest.mark.parametrize("form", ["json", "console"])
def test_dropped_lines_are_counted_and_reported(form: str) -> None:
    """A stalled reader continues, and every missing line is reported."""
    code = (
        f"{START}logs.configure('info', {form!r}); log = structlog.get_logger()\n"
        "for n in range(20_000): log.info('x' * 1000)\n"
        "print(logs.lines_dropped(), file=sys.stderr, flush=True)\n"
        "sys.stdin.read()\n"
        "log.info('the last')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=HOME,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        dropped = int(process.stderr.readline())
        assert dropped > 1000
        output = process.communicate()[0].decode().splitlines()
    xs = [n for n, line in enumerate(output) if "x" * 1000 in line]
    [notice] = [n for n, line in enumerate(output) if "log lines were dropped" in line]
    assert str(dropped) in output[notice]
    assert len(xs) + dropped == 20_000
    assert xs == list(range(notice)), "it stands where they are missing"
    assert "the last" in output[notice + 1]


def test_lines_of_all_threads_are_written_one_after_the_other() -> None:
    entries = lines(
        "def talk(me):\n"
        "    for n in range(2000): log.info('x', me=me, n=n)\n"
        "threads = [threading.Thread(target=talk, args=(me,)) for me in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
    )
    for me in range(4):
        assert [line["n"] for line in entries if line["me"] == me] == list(range(2000))


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_repeated_failure_shows_its_traceback_once(form: str) -> None:
    output = logged(
        "for n in range(1000):\n"
        "    try: 1 / 0\n"
        "    except ZeroDivisionError: log.exception('handler failed', n=n)\n"
        "try: [].pop()\n"
        "except IndexError: log.exception('handler failed', n=1000)\n",
        form,
    )
    assert output.count("handler failed") == 1001
    assert output.count("Traceback") == 2, "each failure has its own"
    assert output.count("ZeroDivisionError: division by zero") == 1000
