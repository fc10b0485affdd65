"""Load balancing over equal servers: a job goes to the least busy one that is up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from service.generators.protocol import GenerationFailed, ServerState
from service.generators.servers.http_client import redacted

log = structlog.get_logger()

MAX_DOUBLINGS = 5  # of the probe interval: a failing server is probed every 32 intervals


@dataclass(eq=False)
class RemoteServer:
    """One server and its known state."""

    url: str
    running_jobs: int = 0
    """Jobs of this process at the server."""
    chosen: int = 0
    """The number of its last job: among equally busy servers, the lowest is next."""
    busy_until: float = 0.0
    """Loop time until which the server has asked for a pause."""
    loading: bool = False
    """Whether the reason for the pause is that it is not ready yet (503), not busy (429)."""
    failures: int = 0
    """Failures since its last success: they space out the probes."""
    down: asyncio.Event = field(default_factory=asyncio.Event)

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        """Send it no jobs until a probe succeeds."""
        if not self.down.is_set():
            log.warning(
                "server is away",
                server=redacted(self.url),
                reason=redacted(reason),
                jobs=self.running_jobs,
            )
        self.failures += 1
        self.down.set()

    def back(self) -> None:
        """Send it jobs again, after a probe that succeeded."""
        log.info("server is back", server=redacted(self.url))
        self.down.clear()

    def pause(self, seconds: float, *, loading: bool) -> None:
        """Send it no new jobs for `seconds`; it is up."""
        self.busy_until = max(self.busy_until, asyncio.get_running_loop().time() + seconds)
        self.loading = loading


class Balance:
    """The servers of a generator: lent to jobs, and probed after a failure until they are back.

    `probe` says whether a server answers. The first probe comes within `interval` seconds after a
    failure; the time doubles while probes or jobs keep failing, with jitter, so that many processes
    do not hit a restarted server at the same moment.
    """

    def __init__(
        self,
        urls: Collection[str],
        probe: Callable[[RemoteServer], Awaitable[bool]],
        interval: float,
    ) -> None:
        self.servers = tuple(RemoteServer(url.rstrip("/")) for url in urls)
        self._probe = probe
        self._interval = interval
        self._jobs = 0
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        watchers = await self._open.enter_async_context(asyncio.TaskGroup())
        for number, server in enumerate(self.servers):
            task = watchers.create_task(self._watch(server), name=f"probe-{number}")
            self._open.callback(task.cancel)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    def states(self) -> tuple[ServerState, ...]:
        """The servers, for operators."""
        return tuple(
            ServerState(redacted(server.url), not server.down.is_set(), server.running_jobs)
            for server in self.servers
        )

    async def probe_servers(self, probe: Callable[[RemoteServer], Awaitable[bool]]) -> None:
        """Probe the servers that are believed to be up."""
        up = [server for server in self.servers if not server.down.is_set()]
        for server, answered in zip(up, await asyncio.gather(*map(probe, up)), strict=True):
            if not answered:
                server.failed("no answer to a probe")

    @contextmanager
    def lend(self, service: str, tried: Collection[RemoteServer]) -> Iterator[RemoteServer]:
        """The server with the fewest jobs; raises GenerationFailed if none can take one."""
        now = asyncio.get_running_loop().time()
        up = [server for server in self.servers if not server.down.is_set()]
        free = [server for server in up if server.busy_until <= now and server not in tried]
        if not free:
            if not up:
                raise unreachable(service)
            pause = max(min(server.busy_until for server in up) - now, 0.0)
            raise GenerationFailed(
                f"Every {service} service is busy.",
                retryable=True,
                retry_after=pause,
                cause="away" if all(server.loading for server in up) else "busy",
            )
        server = min(free, key=lambda server: (server.running_jobs, server.chosen))
        self._jobs += 1
        server.chosen = self._jobs
        server.running_jobs += 1
        try:
            yield server
        finally:
            server.running_jobs -= 1

    async def _watch(self, server: RemoteServer) -> None:
        while True:
            await server.down.wait()
            doublings = min(max(server.failures - 1, 0), MAX_DOUBLINGS)
            await asyncio.sleep(self._interval * 2**doublings * random.uniform(0.5, 1))
            if await self._probe(server):
                server.back()
            else:
                server.failures += 1


def unreachable(service: str) -> GenerationFailed:
    """The failure when no server is up."""
    return GenerationFailed(f"No {service} service can be reached.", retryable=True, cause="away")
