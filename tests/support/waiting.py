"""Waiting for facts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

HANGS_SECONDS = 60.0
"""For every deadline of a test: what is not there after so long hangs. Slow is no failure, because
other work may keep all cores of the machine busy."""

SELDOM = 0.05  # seconds between two questions about what takes its time: each is work for somebody


async def wait_until(
    fact: Callable[[], object], description: str, *, seconds: float = HANGS_SECONDS
) -> None:
    """Return as soon as `fact()` is true; fails with the description after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not fact():  # noqa: ASYNC110 - most facts have nothing to wake us
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None


async def eventually(
    ask: Callable[[], Awaitable[Found | None]], description: str, *, seconds: float = HANGS_SECONDS
) -> Found:
    """The first answer of `ask()` that is true; fails after so many seconds."""
    pause = 0.005
    try:
        async with asyncio.timeout(seconds):
            while not (found := await ask()):
                await asyncio.sleep(pause)
                pause = min(SELDOM, pause * 1.5)
            return found
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None


def somebody_listens(path: Path) -> bool:
    """Whether somebody listens on a Unix socket: its file is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0
