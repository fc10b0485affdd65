"""A load balancer before the nodes with the role `http`, for a session by hand.

As root: `unshare -n -m -p -f --mount-proc .venv/bin/python -m tests.hosts.balanced FILE`
starts all hosts, runs FILE with bash on the clients' host, and ends. FILE finds the balancer at
127.0.0.1:8080, and what it needs to kill a host in `KILL` (`$KILL node1`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from tests.hosts.world import HTTP_PORT, HostsWorld
from tests.support.s3 import ENVIRONMENT

CHUNK_BYTES = 65_536
CONNECT_SECONDS = 0.5
KILL = Path("/run/kill")
KILL_TEXT = """#!/bin/bash
host=$(stat -Lc %i /run/netns/$1)
for process in /proc/[0-9]*; do
  [ "$(stat -Lc %i $process/ns/net 2>/dev/null)" = "$host" ] && kill -9 ${process#/proc/}
done; true
"""


class Balancer:
    """Each connection goes to the next node that can be reached."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection."""
        for _ in range(len(self._addresses)):
            self._addresses.append(address := self._addresses.pop(0))
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    behind, server = await asyncio.open_connection(address, HTTP_PORT)
                await asyncio.gather(
                    pass_on(reader, server), pass_on(behind, writer), return_exceptions=True
                )
                break
        writer.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what is sent one way, to its end."""
    try:
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def main(script: Path) -> int:
    """Run a script before a world; returns its exit code."""
    os.environ.update(ENVIRONMENT)
    world = HostsWorld(libfaketime=False)
    await asyncio.to_thread(KILL.write_text, KILL_TEXT)
    await asyncio.to_thread(KILL.chmod, 0o755)
    await world.start()
    balancer = Balancer([node.host.address for node in world.served])
    async with await asyncio.start_server(balancer.serve, "127.0.0.1", 8080):
        environment = os.environ | {"KILL": str(KILL)}
        shell = await asyncio.create_subprocess_exec("bash", str(script), env=environment)
        return await shell.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
