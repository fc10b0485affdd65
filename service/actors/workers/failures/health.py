"""Health: whether the generator of a pool works, as far as attempts and cheap checks show.

Checks run only while a generator is in trouble, until it works again.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import structlog

from service.generators.protocol import (
    Checked,
    Distributed,
    Drawn,
    GenerationFailed,
    Generator,
    Observed,
    ServerState,
    Written,
)

log = structlog.get_logger()

CHECK_SECONDS = (1.0, 30.0)  # between two checks in trouble: the first pause, and the longest
UNKNOWN_AFTER_SECONDS = {"away": 60.0, "setup": 600.0}
"""By cause: trouble that neither a job nor a check has confirmed for this time is dropped, because
its state is unknown then. A service that is not ready gets no jobs and would never find out."""


class GeneratorHealth:
    """The known state of one generator; `name` is the name of its pool."""

    def __init__(self, name: str, generator: Generator[Written] | Generator[Drawn]) -> None:
        self._name = name
        self._generator = generator
        self.model_name: str = getattr(generator, "model_name", "")
        """What makes the results: what the last one says, before it what the settings say."""
        self._failure: GenerationFailed | None = None
        self._last_met = 0.0  # time.monotonic() of the last job or check that showed it
        self._seen_by_checks = False
        """Whether a check has shown the trouble: then a check can also show its end."""
        self._in_trouble = asyncio.Event()

    @property
    def trouble(self) -> str | None:
        """Why the generator cannot work, as a sentence for users; None if no trouble is known."""
        if isinstance(self._generator, Observed):
            observed = self._generator.trouble()
            if observed or not isinstance(self._generator, Checked):
                return observed
        return None if self._failure is None else str(self._failure)

    @property
    def servers(self) -> tuple[ServerState, ...]:
        """The servers behind the generator, where it has several to choose from."""
        return self._generator.servers() if isinstance(self._generator, Distributed) else ()

    def succeeded(self, model_name: str = "") -> None:
        """Record that a job succeeded, or failed for a reason that lies in the job."""
        self.model_name = model_name or self.model_name
        if self._failure is None:
            return
        log.info("generator works again", pool=self._name)
        self._failure = None
        self._seen_by_checks = False
        self._in_trouble.clear()

    def failed(self, failure: GenerationFailed) -> None:
        """Record that a job or a check failed."""
        if failure.cause in ("away", "setup"):
            if self._failure is None or str(self._failure) != str(failure):
                log.warning(
                    "generator cannot work",
                    pool=self._name,
                    reason=str(failure),
                    detail=failure.detail,
                )
            self._failure = failure
            self._last_met = time.monotonic()
            self._in_trouble.set()
        elif failure.cause == "busy" or not failure.retryable:
            self.succeeded()

    async def watch(self, idle: Callable[[], bool], back: Callable[[], None]) -> None:
        """Check a generator in trouble until it works again, then call `back`.

        Checks run only while the pool is `idle`: otherwise jobs find out themselves. At the start
        a connection without a request shows whether something listens.
        """
        if isinstance(self._generator, Checked):
            try:
                await self._generator.reach()
            except GenerationFailed as failure:
                self.failed(failure)
                self._seen_by_checks = True  # a later answer to a check shows that it is back
        while True:
            await self._in_trouble.wait()
            pause, longest = CHECK_SECONDS
            while self._failure is not None:
                if idle() and await self._check():
                    back()
                    break
                await asyncio.sleep(pause * random.uniform(0.5, 1))
                pause = min(longest, pause * 2)

    async def _check(self) -> bool:
        """Whether the trouble is over."""
        if not isinstance(self._generator, Checked):
            return self._drop_if_old()
        try:
            await self._generator.check()
        except GenerationFailed as failure:
            self.failed(failure)
            self._seen_by_checks = self._failure is not None
            return False
        if self._failure is None or self._seen_by_checks or self._drop_if_old():
            self.succeeded()
            return True
        return False

    def _drop_if_old(self) -> bool:
        """Drop trouble that nothing has confirmed for long; returns whether there is none now."""
        if self._failure is None:
            return True
        if time.monotonic() - self._last_met < UNKNOWN_AFTER_SECONDS[self._failure.cause]:
            return False
        self.succeeded()
        return True
