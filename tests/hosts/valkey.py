"""A Valkey and a Sentinel on each of three hosts."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from service.store.errors import RedisUnavailable
from service.store.redis.connection import RedisConnection
from service.store.redis.server.embedded import find_server
from tests.hosts.network import Host
from tests.support.sentinels import PACE
from tests.support.waiting import eventually

NAME = "mill"
PORT, SENTINEL_PORT = 6379, 26379
SERVER = """
protected-mode no
appendonly no
save ""
repl-diskless-sync-delay 0
repl-timeout 5
min-replicas-to-write 1
min-replicas-max-lag 10
"""
SENTINEL = f"""
port {SENTINEL_PORT}
protected-mode no
sentinel monitor {NAME} {{primary}} {PORT} 2
sentinel down-after-milliseconds {NAME} 1000
sentinel failover-timeout {NAME} 3000
"""


class Sentinels:
    """What the chaos checker calls the Redis of a run."""

    def __init__(self, hosts: list[Host]) -> None:
        self.hosts = hosts
        addresses = ",".join(f"{host.address}:{SENTINEL_PORT}" for host in hosts)
        self.url = f"redis+sentinel://{addresses}/{NAME}"

    async def start(self) -> None:
        """Start all of it and wait until the Sentinels know each other."""
        for host in self.hosts:
            file = host.folder / "sentinel.conf"
            file.write_text(SENTINEL.format(primary=self.hosts[0].address))
            follows = f"replicaof {self.hosts[0].address} {PORT}\n" * (host is not self.hosts[0])
            (host.folder / "server.conf").write_text(f"port {PORT}\n{SERVER}{follows}")
            await self.start_host(host)
        await eventually(self.settled, "two replicas and three Sentinels", seconds=30)

    async def start_host(self, host: Host) -> None:
        """Start what runs on one host; it joins the others as what the Sentinels want it to be."""
        for words in (("server.conf",), ("sentinel.conf", "--sentinel")):
            with (host.folder / "log").open("ab") as log:
                await asyncio.create_subprocess_exec(
                    *host.command(find_server(), *words), cwd=host.folder, stdout=log, stderr=log
                )

        async def is_paced() -> bool:
            with contextlib.suppress(RedisUnavailable):
                return bool(await _ask(host, SENTINEL_PORT, "SENTINEL", "DEBUG", *PACE))
            return False

        await eventually(is_paced, "the Sentinel answers")

    async def primary(self) -> Host:
        """The host that most Sentinels name."""
        named = [await self._named(host) for host in self.hosts]
        return max(self.hosts, key=lambda host: named.count(host.address))

    async def settled(self) -> bool:
        """Whether all Sentinels agree, and both other servers replicate the primary."""
        if len(names := {await self._named(host) for host in self.hosts}) > 1:
            return False
        with contextlib.suppress(RedisUnavailable):
            for host in self.hosts:
                about = await _ask(host, SENTINEL_PORT, "SENTINEL", "MASTER", NAME)
                fields = dict(zip(about[::2], about[1::2], strict=True))
                others = fields[b"num-other-sentinels"], fields[b"num-slaves"]
                if (*others, fields[b"flags"]) != (b"2", b"2", b"master"):
                    return False
            primary = next(host for host in self.hosts if host.address in names)
            info: bytes = await _ask(primary, PORT, "INFO", "replication")
            return info.count(b"state=online") == len(self.hosts) - 1
        return False

    async def command(self, *command: str | float) -> Any:
        """The reply of the primary. Raises RedisUnavailable."""
        return await _ask(await self.primary(), PORT, *command)

    async def _named(self, host: Host) -> str:
        with contextlib.suppress(RedisUnavailable):
            found = await _ask(host, SENTINEL_PORT, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
            return str(found[0].decode())
        return ""


async def _ask(host: Host, port: int, *command: str | float) -> Any:
    connection = RedisConnection(f"redis://{host.address}:{port}", timeout=2)
    try:
        return await connection.one(*command)
    finally:
        connection.close()
