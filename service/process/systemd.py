"""Tells systemd that the service is ready, stops, or still lives (sd_notify(3), Type=notify)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator


def notify(state: str) -> None:
    """Send a state to systemd; does nothing if another program has started the service."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a socket without a file
        address = f"\0{address[1:]}"
    with (
        contextlib.suppress(OSError),  # the service runs without it, too
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection,
    ):
        connection.setblocking(False)
        connection.sendto(state.encode(), address)


@contextlib.asynccontextmanager
async def watchdog() -> AsyncIterator[None]:
    """While this is open, tell systemd that the event loop turns, if it asks for that.

    It restarts a service that says nothing for WATCHDOG_USEC microseconds.
    """
    asked = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    if not (asked.isdigit() and int(asked) and mine):
        yield
        return
    feeder = asyncio.create_task(_feed(int(asked) / 1e6 / 3), name="watchdog")
    try:
        yield
    finally:
        feeder.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await feeder


async def _feed(pause_seconds: float) -> None:
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(pause_seconds)
