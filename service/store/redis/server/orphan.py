"""Stops a Redis that a killed process left behind, before another one uses its data."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path

import structlog

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection

log = structlog.get_logger()

STOP_SECONDS = 5.0  # for the server to end by itself, with its data on disk
PROBE_SECONDS = 1.0  # for a connection that shows whether a process listens
# The socket option that starts with the process id of the peer (on macOS: LOCAL_PEERPID).
PEER_OPTION = (socket.SOL_SOCKET, 17) if sys.platform == "linux" else (0, 2)


async def end_leftover(address: Path, url: str) -> None:
    """Stop the server behind a Unix socket, by force if it hangs."""
    pid = _listener(address)
    if not pid:
        return
    log.warning("ending a redis that was left behind", pid=pid)
    connection = RedisConnection(url, timeout=STOP_SECONDS)
    with contextlib.suppress(RedisUnavailable):  # it answers by closing the connection
        await connection.one("SHUTDOWN")
    connection.close()
    if not await _has_ended(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await _has_ended(pid)


def _listener(address: Path) -> int:
    """The id of the process that listens on a Unix socket, even if it hangs; 0 if none does."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_SECONDS)
        try:
            probe.connect(str(address))
        except OSError:
            return 0
        level, option = PEER_OPTION
        return int.from_bytes(probe.getsockopt(level, option, 4), sys.byteorder)


async def _has_ended(pid: int) -> bool:
    """Whether a process ends within STOP_SECONDS."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            while not _is_zombie(pid):
                os.kill(pid, 0)
                await asyncio.sleep(0.005)
    except ProcessLookupError:
        return True
    except TimeoutError:
        return False
    return True


def _is_zombie(pid: int) -> bool:
    """Whether a process is dead and not yet reaped by its parent (Linux)."""
    with contextlib.suppress(OSError, IndexError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "Z"
    return False
