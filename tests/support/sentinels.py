"""A primary, two replicas and three Sentinels, all of them the bundled server."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import find_server
from tests.support.waiting import HANGS_SECONDS

NAME = "mill"
PASSWORD, SENTINEL_PASSWORD, LINK_PASSWORD = "of clients", "of sentinels", "of links"
LINKS = "links"  # the user of replicas and Sentinels
PORTS = (20_000, 32_000)  # no system hands these out by itself
DOWN_MILLISECONDS = 400

SERVER = f"""
appendonly no
save ""
user default on >"{PASSWORD}" ~* &* +@all
user {LINKS} on >"{LINK_PASSWORD}" ~* &* +@all
masteruser {LINKS}
masterauth "{LINK_PASSWORD}"
repl-diskless-sync-delay 0
min-replicas-to-write 1
min-replicas-max-lag 10
"""

# Those of a Sentinel that could be faster are, and a busy machine does not make it pause. But INFO
# comes once a second during a failover: within five pings, or the replica is not chosen; and within
# four publications, or other Sentinels demote it again.
PACE = (
    *("INFO-PERIOD", 200, "PING-PERIOD", 300, "ASK-PERIOD", 100, "PUBLISH-PERIOD", 350),
    *("TILT-TRIGGER", 60_000, "MIN-LINK-RECONNECT-PERIOD", 200, "ELECTION-TIMEOUT", 2_000),
)


class Server:
    """A server process at a port of its own."""

    def __init__(self, folder: Path, configuration: str, *arguments: str) -> None:
        self._folder = folder
        self._configuration = configuration
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._connection: RedisConnection | None = None
        self.port = 0

    async def start(self) -> None:
        """Start it; at its earlier port, if it had one."""
        self._folder.mkdir(exist_ok=True)
        while True:
            port = self.port or random.randint(*PORTS)
            file = self._folder / "server.conf"
            if not self.port:  # a Sentinel writes what it learns into its own file
                file.write_text(f"port {port}\nbind 127.0.0.1\n{self._configuration}")
            self._process = await asyncio.create_subprocess_exec(
                find_server(),
                str(file),
                *self._arguments,
                cwd=self._folder,
                stdout=asyncio.subprocess.DEVNULL,
            )
            if await self._answers(port, self._process):
                self.port = port
                return
            assert not self.port, "its port is taken"

    async def _answers(self, port: int, process: asyncio.subprocess.Process) -> bool:
        """Wait until this process answers at the port; False if it ends, as the port is taken."""
        password = SENTINEL_PASSWORD if self._arguments else PASSWORD
        self._connection = RedisConnection(f"redis://:{password}@127.0.0.1:{port}")
        async with asyncio.timeout(HANGS_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(RedisUnavailable):
                    info = await self._connection.one("INFO", "server")
                    if f"process_id:{process.pid}\r".encode() in info:
                        return True
                await asyncio.sleep(0.01)
        self._connection.close()
        return False

    async def call(self, *command: str | int) -> Any:
        """The reply to a command."""
        assert self._connection is not None
        return await self._connection.one(*command)

    async def info(self) -> dict[str, str]:
        """The fields of its INFO."""
        lines = (await self.call("INFO")).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def signal(self, number: signal.Signals) -> None:
        """Stop, continue or kill the process."""
        assert self._process is not None
        self._process.send_signal(number)

    async def kill(self) -> None:
        """Kill it, and wait until it is gone."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        if self._connection is not None:
            self._connection.close()


class SentinelWorld:
    """Three servers, of which the Sentinels elect the primary."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.servers = [Server(folder / f"server-{number}", SERVER) for number in range(3)]
        self.sentinels: list[Server] = []

    @property
    def url(self) -> str:
        """What `[redis] url` would be."""
        return self.url_of(*(sentinel.port for sentinel in self.sentinels))

    def url_of(self, *ports: int) -> str:
        """The same with Sentinels at these ports."""
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        secret = SENTINEL_PASSWORD.replace(" ", "%20")
        return f"redis+sentinel://:{PASSWORD}@{hosts}/{NAME}?sentinel_password={secret}".replace(
            PASSWORD, PASSWORD.replace(" ", "%20")
        )

    async def start(self) -> None:
        """Start all of them and wait until they know each other."""
        self._folder.mkdir(exist_ok=True)
        first, *others = self.servers
        await asyncio.gather(*(server.start() for server in self.servers))
        for server in others:
            await server.call("REPLICAOF", "127.0.0.1", first.port)
        configuration = "\n".join(
            (
                f'requirepass "{SENTINEL_PASSWORD}"',
                f'sentinel sentinel-pass "{SENTINEL_PASSWORD}"',
                f"sentinel monitor {NAME} 127.0.0.1 {first.port} 2",
                f"sentinel down-after-milliseconds {NAME} {DOWN_MILLISECONDS}",
                f"sentinel failover-timeout {NAME} 2500",
                f"sentinel auth-user {NAME} {LINKS}",
                f'sentinel auth-pass {NAME} "{LINK_PASSWORD}"',
            )
        )
        self.sentinels = [
            Server(self._folder / f"sentinel-{number}", configuration, "--sentinel")
            for number in range(3)
        ]
        await asyncio.gather(*(sentinel.start() for sentinel in self.sentinels))
        for sentinel in self.sentinels:
            await sentinel.call("SENTINEL", "DEBUG", *PACE)
        await self.settled()

    async def primary(self) -> Server:
        """The server that the first Sentinel names."""
        _, port = await self.sentinels[0].call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return next(server for server in self.servers if server.port == int(port))

    async def settled(self) -> None:
        """Wait until all Sentinels agree, and both other servers replicate the primary."""
        async with asyncio.timeout(HANGS_SECONDS):
            while True:
                with contextlib.suppress(RedisUnavailable):  # whoever becomes a replica hangs up
                    if await self._is_settled():
                        return
                await asyncio.sleep(0.02)

    async def _is_settled(self) -> bool:
        about = []
        for sentinel in self.sentinels:
            row = await sentinel.call("SENTINEL", "MASTER", NAME)
            about.append(dict(zip(row[::2], row[1::2], strict=True)))
        if len({(each[b"port"], each[b"config-epoch"]) for each in about}) > 1:
            return False
        if any(
            each[b"num-slaves"] != b"2"
            or each[b"num-other-sentinels"] != b"2"
            or each[b"flags"] != b"master"
            for each in about
        ):
            return False
        infos = [await server.info() for server in self.servers]
        roles = sorted((info["role"], info.get("master_link_status", "")) for info in infos)
        return roles == [("master", ""), ("slave", "up"), ("slave", "up")]

    async def failed_over(self, before: Server) -> Server:
        """Wait until another server is the primary; returns it."""
        async with asyncio.timeout(HANGS_SECONDS):
            while (now := await self.primary()) is before:  # noqa: ASYNC110 - nothing wakes us
                await asyncio.sleep(0.01)
        return now

    async def fail_over(self, before: Server) -> None:
        """Have the Sentinels choose another primary; one that is too slow is given up by them."""
        async with asyncio.timeout(HANGS_SECONDS):
            while await self.primary() is before:
                with contextlib.suppress(RedisUnavailable):  # it is under way
                    await self.sentinels[0].call("SENTINEL", "FAILOVER", NAME)
                await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End all processes."""
        for server in (*self.sentinels, *self.servers):
            await server.kill()


@contextlib.asynccontextmanager
async def sentinel_world(folder: Path) -> AsyncIterator[SentinelWorld]:
    """A world that runs while the context lasts."""
    world = SentinelWorld(folder)
    try:
        await world.start()
        yield world
    finally:
        await world.close()
