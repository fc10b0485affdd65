"""All hosts of a run, and the Feedmill nodes on them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.world import Node
from tests.hosts.bucket import ENDPOINT, ENVIRONMENT, URL, BucketHost
from tests.hosts.network import CLIENTS, NETWORK, Host, make_bridge
from tests.hosts.operating import PORT, Operator
from tests.hosts.relay import SlowRelay
from tests.hosts.valkey import Sentinels
from tests.support.moved_clock import MovedClock
from tests.support.running import HOME, LONGEST_LINE, Running
from tests.support.waiting import eventually

ROLES = {"node1": ("http", "mill"), "node2": ("mill", "worker"), "node3": ("http", "worker")}
MORE = "node4"  # comes and goes
HTTP_PORT = 8000
STARTS = 20
CREATE = "CREATE DATABASE feedmill"


class HostNode(Node):
    """A service process on a host."""

    libfaketime = False

    def __init__(self, host: Host, settings: tuple[str, ...], roles: tuple[str, ...]) -> None:
        self.host = host
        self.name = host.name
        self.roles = roles
        self.clock = MovedClock(host.folder)
        self._all = settings
        super().__init__(host.folder, self._clock_environment(), settings)

    async def _spawn(self) -> Running:
        (self.host.folder / "config.toml").touch()
        words: list[str | Path] = ["--config", self.host.folder / "config.toml"]
        words += ["--data-dir", self.host.folder / "data"]
        roles = ", ".join(f'"{role}"' for role in self.roles)
        for setting in (
            *(f"http.host={self.host.address}", f"http.port={HTTP_PORT}", "log.format=json"),
            *(f"service.roles=[{roles}]", f"service.node={self.name}"),
            *self._all,
        ):
            words += ["--set", setting]
        process = await asyncio.create_subprocess_exec(
            *self.host.command(sys.executable, HOME / "run.py", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=LONGEST_LINE,
            env=_inherited() | ENVIRONMENT | self._clock_environment(),
        )
        return Running(process)

    def _clock_environment(self) -> dict[str, str]:
        # libfaketime costs a node several times its processor time: else Python's clock is moved
        if self.libfaketime:
            return self.clock.environment_of_all()
        return self.clock.environment()

    async def up(self) -> None:
        """Wait until it is ready; one that finds no database is started again, as by systemd."""
        for _ in range(STARTS):
            assert self._starting is not None
            try:
                return await self._starting
            except AssertionError as failure:
                why = str(failure)
                await self.bury()
                await asyncio.sleep(1)
                await self.start()
        raise AssertionError(why)

    @property
    def is_running(self) -> bool:
        """Whether its process has not been stopped."""
        return self._running is not None and self._running.process.returncode is None

    @property
    def is_http(self) -> bool:
        """Whether clients may come here."""
        return "http" in self.roles


class HostsWorld:
    """The hosts of a run; the checker of the chaos suite judges it."""

    delay = 0.05
    twins: tuple[str, ...] = ()

    def __init__(self, *, libfaketime: bool) -> None:
        make_bridge()
        self._libfaketime = libfaketime
        names = ["db1", "db2", "db3", "redis1", "redis2", "redis3", "bucket", *ROLES, MORE]
        self.hosts = {name: Host(name, number) for number, name in enumerate(names, 11)}
        databases = [self.hosts[f"db{number}"] for number in (1, 2, 3)]
        self.operator = Operator(databases)
        self.redis = Sentinels([self.hosts[f"redis{number}"] for number in (1, 2, 3)])
        self.bucket = BucketHost(self.hosts["bucket"])
        self.relays = [SlowRelay(host.address, PORT) for host in databases]
        self.record = Path("/run/hosts/begun")
        self.record.touch()
        self.nodes: list[HostNode] = []
        self.served: list[HostNode] = []
        """Those of `nodes` that clients may ask."""
        self._stack = contextlib.AsyncExitStack()
        self._numbers = itertools.count(5)

    def settings(self, database_url: str) -> tuple[str, ...]:
        """What all nodes are told."""
        return (
            f"database.url={database_url}",
            f"redis.url={self.redis.url}",
            f"media.url={URL}",
            f"media.endpoint={ENDPOINT}",
            "media.region=us-east-1",
            "auth.required=false",
            "service.discover=false",
            "service.lease=5",
            "service.drain=3",
            f'webhooks.allow=["{NETWORK}"]',
            "webhooks.schedule=[0.2, 0.5, 1.0]",
            *(
                f"{section}.{setting}"
                for section in ("text", "image")
                for setting in (
                    *("generator=simulated", "backoff=0.1", "attempts=30", "workers=2"),
                    f"simulated.delay={self.delay}",
                    f"simulated.record={self.record}",
                )
            ),
            "image.simulated.distinct=true",
        )

    async def start(self) -> None:
        """Start everything, and wait until all nodes are ready."""
        for relay in self.relays:
            await relay.start()
        runner, *_ = await asyncio.gather(
            self.bucket.start(), self.redis.start(), self.operator.start()
        )
        self._stack.push_async_callback(runner.cleanup)
        connection = await self.operator.primary.connect()
        await connection.execute(CREATE)
        await connection.close()
        for name, roles in ROLES.items():
            self.add_node(name, roles)
        for node in self.nodes:
            await node.start()
        for node in self.nodes:
            await node.up()

    def add_node(self, name: str, roles: tuple[str, ...]) -> HostNode:
        """A node on the host of this name; node2 reaches PostgreSQL by relays."""
        addresses = (
            [f"{CLIENTS}:{relay.port}" for relay in self.relays]
            if name == "node2"
            else [f"{server.host.address}:{PORT}" for server in self.operator.servers]
        )
        url = f"postgresql://postgres@{','.join(addresses)}/feedmill"
        node = HostNode(self.hosts[name], self.settings(url), roles)
        node.libfaketime = self._libfaketime and name == MORE
        self.nodes.append(node)
        if node.is_http:
            self.served.append(node)
        return node

    def new_name(self, name: str) -> str:
        """A name that no node had."""
        return f"{name}-{next(self._numbers)}"

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """What a query of the database returns."""
        connection = await asyncpg.connect(
            host=self.operator.primary.host.address, user="postgres", database="feedmill", ssl=False
        )
        try:
            return [dict(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    def longest_wait(self) -> tuple[float, str]:
        """Fairness is no matter of this world."""
        return 0.0, ""

    async def stop(self) -> list[str]:
        """Stop all nodes in order; returns what they should not have said or left behind."""
        for node in self.nodes:
            if node.is_running or node.host.name != MORE:
                await node.stop()
        wrong = [f"{node.name}: {what}" for node in self.nodes for what in node.trouble]
        for node in self.nodes:
            left = await _left(node.host)
            wrong += [f"process {pid} was left behind on {node.host.name}" for pid in left]
        return wrong

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs of all hosts; those of a node since its last start."""
        folder.mkdir(parents=True, exist_ok=True)
        for host in self.hosts.values():
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(host.folder / "log", folder / host.name)
        for node in self.nodes:
            (folder / node.host.name).write_text("\n".join(node.lines))

    async def close(self) -> None:
        """End everything at once; the end of this process does the same."""
        for host in self.hosts.values():
            host.signal(signal.SIGKILL)
        for node in self.nodes:
            await node.bury()
        for relay in self.relays:
            await relay.close()
        self.bucket.clean()
        await self._stack.aclose()


async def _left(host: Host) -> list[int]:
    async def none() -> bool:
        return not host.pids()

    with contextlib.suppress(AssertionError):
        await eventually(none, "all have ended", seconds=10)
    return host.pids()


def _inherited() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if "FEEDMILL_" not in key}
