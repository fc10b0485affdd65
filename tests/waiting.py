"""Waiting for facts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Found = TypeVar("Found")


async def wait_until(
    fact: Callable[[], object], description: str, *, seconds: float = 10.0
) -> None:
    """Return as soon as `fact()` is true; fails with the description after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not fact():  # noqa: ASYNC110 - most facts have nothing to wake us
                await asyncio.sleep(0.005)
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None


async def eventually(
    ask: Callable[[], Awaitable[Found | None]], description: str, *, seconds: float = 10.0
) -> Found:
    """The first answer of `ask()` that is true; fails after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await ask()):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.005)
            return found
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s: {description}") from None
