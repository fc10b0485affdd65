"""Signals: something that changes, and the clients that wait for its next change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypeVar

MAX_WOKEN_PER_TURN = 100  # subscribers, so that waking them does not block the event loop


class Signal:
    """A version that rises with every change, and the clients that wait for the next one."""

    def __init__(self) -> None:
        self.version = 0
        """Rises whenever there may be news."""
        self.subscribers = 0
        self.waiting: set[asyncio.Future[None]] = set()
        """Resolved as soon as there may be news."""

    def notify(self) -> None:
        """Wake the waiting clients: there may be news."""
        self.version += 1
        if self.waiting:
            _resolve(list(self.waiting))

    async def wait_for_news(self, version: int, seconds: float) -> None:
        """Wait until the version differs from this one, or the time is up."""
        await news_of_any({self: version}, seconds)


AnySignal = TypeVar("AnySignal", bound=Signal)


async def news_of_any(versions: Mapping[AnySignal, int], seconds: float) -> None:
    """Wait until the version of one of these signals differs, or the time is up."""
    if any(signal.version != version for signal, version in versions.items()):
        return
    loop = asyncio.get_running_loop()
    waiting = loop.create_future()
    # no asyncio.timeout: every token of a streamed text waits here
    timer = loop.call_later(seconds, _resolve, [waiting])
    for signal in versions:
        signal.waiting.add(waiting)
    try:
        await waiting
    finally:
        timer.cancel()
        for signal in versions:
            signal.waiting.discard(waiting)


def _resolve(waiting: list[asyncio.Future[None]]) -> None:
    for future in waiting[:MAX_WOKEN_PER_TURN]:
        if not future.done():
            future.set_result(None)
    if len(waiting) > MAX_WOKEN_PER_TURN:
        asyncio.get_running_loop().call_soon(_resolve, waiting[MAX_WOKEN_PER_TURN:])
