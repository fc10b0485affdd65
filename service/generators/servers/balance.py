"""Load balancing: a job goes to the server that is up and uses the least part of its limit."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from service.generators.protocol import GenerationFailed, Quota, ServerState
from service.generators.servers.concurrency import ConcurrencyLimit
from service.generators.servers.http_client import redacted
from service.generators.servers.provider_quota import ProviderQuota

log = structlog.get_logger()

ANY_NUMBER = 2**31  # of jobs at a server, unless a pool sets a limit
MAX_DOUBLINGS = 5  # of the probe interval: a failing server is probed every 32 intervals


@dataclass(eq=False)
class RemoteServer:
    """One server and its known state."""

    url: str
    running_jobs: int = 0
    """Jobs of this process at the server."""
    chosen: int = 0
    """The number of its last job: among equally busy servers, the lowest is next."""
    limit: ConcurrencyLimit = field(init=False)
    """How many jobs it gets at once, and whether it has asked for a pause."""
    quota: ProviderQuota = field(default_factory=ProviderQuota)
    loading: bool = False
    """Whether the reason for the pause is that it is not ready yet (503), not busy (429)."""
    failures: int = 0
    """Failures since its last success: they space out the probes."""
    down: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.limit = ConcurrencyLimit({"server": redacted(self.url)}, ANY_NUMBER)

    @property
    def is_up(self) -> bool:
        """Whether it answers, as far as is known."""
        return not self.down.is_set()

    def succeeded(self, began: float) -> None:
        """Record a success of a job that has begun at this time (time.monotonic())."""
        self.failures = 0
        self.limit.succeeded(time.monotonic() - began, self.running_jobs)

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
        self.limit.on_change()

    def refused(self, began: float, retry_after: float | None) -> None:
        """Send it fewer jobs, or none for a while: it did not accept one; it is up."""
        self.limit.refused(began, self.running_jobs - 1, retry_after)
        self.loading = False

    def load(self, seconds: float) -> None:
        """Send it no new jobs for `seconds`: it is not ready yet."""
        self.limit.hold(seconds)
        self.loading = True

    def heed(self, quota: Quota | None) -> None:
        """Send it no more jobs than it says are left."""
        if quota is not None:
            self.limit.hold(quota.seconds, quota.left)


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
            ServerState(
                redacted(server.url),
                server.is_up,
                server.running_jobs,
                None if server.limit.most == ANY_NUMBER else server.limit.value,
                server.limit.refusals,
                server.limit.pause(),
            )
            for server in self.servers
        )

    async def probe_servers(self, probe: Callable[[RemoteServer], Awaitable[bool]]) -> None:
        """Probe the servers that are believed to be up."""
        up = [server for server in self.servers if server.is_up]
        for server, answered in zip(up, await asyncio.gather(*map(probe, up)), strict=True):
            if not answered:
                server.failed("no answer to a probe")

    @contextmanager
    def lend(self, service: str, tried: Collection[RemoteServer]) -> Iterator[RemoteServer]:
        """The server with the most room; raises GenerationFailed if none can take a job."""
        up = [server for server in self.servers if server.is_up]
        free = [
            server
            for server in up
            if server not in tried and server.limit.room(server.running_jobs)
        ]
        if not free:
            if not up:
                raise unreachable(service)
            pauses = [server.limit.pause() for server in up]
            loading = [server.loading and pause for server, pause in zip(up, pauses, strict=True)]
            raise GenerationFailed(
                f"Every {service} service is busy.",
                retryable=True,
                retry_after=min(pauses),
                cause="away" if all(loading) else "busy",
            )
        server = min(free, key=lambda one: (one.running_jobs / one.limit.value, one.chosen))
        self._jobs += 1
        server.chosen = self._jobs
        server.running_jobs += 1
        server.limit.begun(1)
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
