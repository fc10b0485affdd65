"""The service with a clock in its event loop: `python -m benchmarks.watched FILE [ARGUMENTS]`.

FILE gets a line for each tick: its time (time.monotonic), how late it was, and how much of that was
waiting for a core, all in seconds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from service import app, command_line

TICK = 0.01  # seconds
SCHEDULED = Path("/proc/thread-self/schedstat")
FLUSH = 100  # ticks written at a time


def waited() -> float:
    """Seconds for which this thread was ready to run and another had the core."""
    return int(SCHEDULED.read_text().split()[1]) / 1e9


async def watch(file: Path) -> None:
    """Record forever how late each tick is, and how much of that was waiting for a core."""
    with file.open("w") as out:
        while True:
            lines = []
            for _ in range(FLUSH):
                before, wanted = waited(), time.monotonic() + TICK
                await asyncio.sleep(TICK)
                now = time.monotonic()
                late = now - wanted
                lines.append(f"{now} {late} {min(late, waited() - before)}\n")
            out.writelines(lines)
            out.flush()


def watched(serve: Callable[..., Awaitable[None]], file: Path) -> Callable[..., Awaitable[None]]:
    """`serve` with the clock running beside it."""

    async def serve_and_watch(*arguments: Any) -> None:
        clock = asyncio.create_task(watch(file), name="clock")
        try:
            await serve(*arguments)
        finally:
            clock.cancel()

    return serve_and_watch


if __name__ == "__main__":
    app.serve = watched(app.serve, Path(sys.argv.pop(1)))  # type: ignore[assignment] # awaited all the same
    sys.exit(command_line.main())
