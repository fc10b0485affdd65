"""Waiting for facts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession

Result = TypeVar("Result")

HANGS_SECONDS = 60.0
"""The deadline of every wait in tests: after this it hangs. Being slow is not a failure, because
other work may keep all cores of the machine busy."""

SELDOM = 0.05  # the longest pause between two queries of a slow fact, in seconds


async def wait_until(
    fact: Callable[[], object], description: str, *, seconds: float = HANGS_SECONDS
) -> None:
    """Wait until `fact()` is true; fails with the description after `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            while not fact():  # noqa: ASYNC110 - most facts have nothing to wake us
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None


async def eventually(
    look: Callable[[], Awaitable[Result | None]],
    description: str,
    *,
    seconds: float = HANGS_SECONDS,
) -> Result:
    """Wait for the first true result of `look()`; fails with the description after `seconds`."""
    pause = 0.005
    try:
        async with asyncio.timeout(seconds):
            while not (result := await look()):
                await asyncio.sleep(pause)
                pause = min(SELDOM, pause * 1.5)
            return result
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None


async def completed(http: ClientSession, id_: str) -> dict[str, Any]:
    """The record of a request when it is completed.

    With the illustrator this may take long beside other tests: it gives way to all processes.
    """

    async def final() -> dict[str, Any] | None:
        async with http.get(f"/content/{id_}?wait=30") as answer:
            record: dict[str, Any] = await answer.json()
        return None if record["status"] in {"queued", "generating"} else record

    record = await eventually(final, f"{id_} is final", seconds=3 * HANGS_SECONDS)
    assert record["status"] == "completed", record
    return record


def at_once(reading: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never suspends: a point read of SQLite."""
    try:
        reading.send(None)
    except StopIteration as done:
        result: Result = done.value
        return result
    reading.close()
    raise AssertionError("it suspended")


def is_listening(path: Path) -> bool:
    """Whether a process listens on a Unix socket; its file appears a moment earlier."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0
