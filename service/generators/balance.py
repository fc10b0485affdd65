"""Choosing among equal endpoints: the least busy one of those that are there."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import structlog

from service.generators.http_client import redacted
from service.generators.protocol import GenerationFailed, ServerState

log = structlog.get_logger()

MOST_DOUBLINGS = 5  # an endpoint that keeps failing is probed at least every 32 intervals


@dataclass(eq=False)
class ModelServer:
    """One server, and what is known of it."""

    url: str
    outstanding: int = 0
    """Jobs that it has in hand for this process."""
    chosen: int = 0
    """The number of its last job: who waited longest is next among equals."""
    busy_until: float = 0.0
    """Loop time before which it asked for nothing new."""
    loading: bool = False
    """Whether it did so because it is not ready yet (503), and not because it has enough (429)."""
    failures: int = 0
    """Failures since its last success: they space out the probes."""
    down: asyncio.Event = field(default_factory=asyncio.Event)

    def succeeded(self) -> None:
        self.failures = 0

    def failed(self, reason: str) -> None:
        """It is left alone until a probe finds it there again."""
        if not self.down.is_set():
            log.warning(
                "server is away",
                server=redacted(self.url),
                reason=redacted(reason),
                jobs=self.outstanding,
            )
        self.failures += 1
        self.down.set()

    def back(self) -> None:
        """A probe has found it there again."""
        log.info("server is back", server=redacted(self.url))
        self.down.clear()

    def pause(self, seconds: float, *, loading: bool) -> None:
        """It is there but wants nothing new for so long."""
        self.busy_until = max(self.busy_until, asyncio.get_running_loop().time() + seconds)
        self.loading = loading


class Balance:
    """Lends endpoints to jobs, and probes those that failed until they are back.

    `probe` says whether an endpoint answers. The first probe comes within `interval` seconds
    after a failure; the time doubles while jobs keep failing there, and is jittered, so that many
    processes do not fall on a restarted server at the same moment.
    """

    def __init__(
        self,
        urls: Collection[str],
        probe: Callable[[ModelServer], Awaitable[bool]],
        interval: float,
    ) -> None:
        self.endpoints = tuple(ModelServer(url.rstrip("/")) for url in urls)
        self._probe = probe
        self._interval = interval
        self._jobs = 0
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        watchers = await self._open.enter_async_context(asyncio.TaskGroup())
        for number, endpoint in enumerate(self.endpoints):
            task = watchers.create_task(self._watch(endpoint), name=f"probe-{number}")
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
            ServerState(redacted(one.url), not one.down.is_set(), one.outstanding)
            for one in self.endpoints
        )

    async def look(self, probe: Callable[[ModelServer], Awaitable[bool]]) -> None:
        """Probe those that are taken to be up."""
        up = [one for one in self.endpoints if not one.down.is_set()]
        for endpoint, there in zip(up, await asyncio.gather(*map(probe, up)), strict=True):
            if not there:
                endpoint.failed("no answer to a probe")

    @contextmanager
    def lend(self, service: str, tried: Collection[ModelServer]) -> Iterator[ModelServer]:
        """The endpoint with the least in hand, or GenerationFailed if none can take a job."""
        now = asyncio.get_running_loop().time()
        there = [one for one in self.endpoints if not one.down.is_set()]
        free = [one for one in there if one.busy_until <= now and one not in tried]
        if not free:
            if not there:
                raise nobody_there(service)
            pause = max(min(one.busy_until for one in there) - now, 0.0)
            raise GenerationFailed(
                f"Every {service} service is busy.",
                retryable=True,
                retry_after=pause,
                cause="away" if all(one.loading for one in there) else "busy",
            )
        endpoint = min(free, key=lambda one: (one.outstanding, one.chosen))
        self._jobs += 1
        endpoint.chosen = self._jobs
        endpoint.outstanding += 1
        try:
            yield endpoint
        finally:
            endpoint.outstanding -= 1

    async def _watch(self, endpoint: ModelServer) -> None:
        while True:
            await endpoint.down.wait()
            doublings = min(max(endpoint.failures - 1, 0), MOST_DOUBLINGS)
            await asyncio.sleep(self._interval * 2**doublings * random.uniform(0.5, 1))
            if await self._probe(endpoint):
                endpoint.back()
            else:
                endpoint.failures += 1


def nobody_there(service: str) -> GenerationFailed:
    """The failure where no server is up."""
    return GenerationFailed(f"No {service} service can be reached.", retryable=True, cause="away")
