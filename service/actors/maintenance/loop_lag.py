"""Loop lag: measures how late the event loop runs, and samples rates and the last hour."""

from __future__ import annotations

import asyncio
import time

from service.history import ProcessHistory
from service.telemetry.metrics import Metrics

SAMPLE_SECONDS = 0.5  # between two samples: cheap enough for an idle process
SAMPLES_PER_SECOND = 2


class LoopLagMonitor:
    """Schedules a call and records how late it runs."""

    name = "pulse"

    def __init__(self, metrics: Metrics, history: ProcessHistory) -> None:
        self._metrics = metrics
        self._history = history
        self._samples = 0
        self._stopping = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.seen = 0.0

    async def run(self) -> None:
        self._schedule()
        await self._stopping.wait()

    async def stop(self) -> None:
        self._stopping.set()
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self) -> None:
        loop = asyncio.get_running_loop()
        self.seen = time.monotonic()
        self._timer = loop.call_later(SAMPLE_SECONDS, self._take_sample, self.seen + SAMPLE_SECONDS)

    def _take_sample(self, due: float) -> None:
        self._metrics.lag.observe(time.monotonic() - due)
        self._samples += 1
        if self._samples % SAMPLES_PER_SECOND == 0:
            self._metrics.sample()
            self._history.sample_if_due()
        self._schedule()
