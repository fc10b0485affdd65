"""Runs one peer with a separate Redis: `python -m benchmarks.peers NAME PORT FOLDER`."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

from benchmarks.peers.catalogue import PEERS, folder, install
from service.store.redis.server.embedded import find_server

LONGEST = 10.0  # seconds until a process must have ended after SIGTERM


async def main(name: str, port: str, home: str) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    peer, commands, data = PEERS[name], install(name), Path(home)
    data.mkdir(exist_ok=True)
    redis = _free_port()
    environment = {
        **os.environ,
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "DB_PATH": str(data / "results.db"),
        "PORT": port,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    started: list[asyncio.subprocess.Process] = []
    out = (data / "output").open("wb")

    async def start(*words: str) -> asyncio.subprocess.Process:
        words = tuple(word.replace("PORT", port) for word in words)
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder(name),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        started.append(process)
        return process

    try:
        # configured like the service's: appendonly, with an fsync every second
        await start(
            *(find_server(), "--port", str(redis), "--bind", "127.0.0.1", "--dir", str(data)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--loglevel", "warning"),
        )
        await _listens(redis)
        if peer.first:
            await (await start(*peer.first)).wait()
        await start(*peer.worker)
        await start(*peer.front)
        await stop.wait()
    finally:
        for process in reversed(started):
            await _end(process)
        out.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(LONGEST):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _listens(port: int) -> None:
    async with asyncio.timeout(LONGEST):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


asyncio.run(main(*sys.argv[1:]))
