"""Age watch: logs when parts have been waiting or running for too long."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from service.actors.actor import ClockActor
from service.store.sql.requests.requests import Requests

log = structlog.get_logger()

TICK_SECONDS = 15.0
OLD_SECONDS = 600.0  # the age that is logged; docs/operations.md has an alert for the same


class AgeWatch(ClockActor):
    """Logs when the oldest part of a pool becomes too old, and when that is over."""

    name = "ages"

    def __init__(self, requests: Requests, of_models: Callable[[], bool]) -> None:
        """`of_models` says whether there are named models."""
        super().__init__(TICK_SECONDS)
        self._requests = requests
        self._of_models = of_models
        self._old: set[tuple[str, str]] = set()

    async def tick(self) -> None:
        of_models = self._of_models()
        for pool, ages in (await self._requests.ages(of_models=of_models)).items():
            for what, age in (("waiting", ages.waiting), ("running", ages.running)):
                is_old = age is not None and age >= OLD_SECONDS
                if is_old and (pool, what) not in self._old:
                    self._old.add((pool, what))
                    log.warning("work is old", part=pool, oldest=what, seconds=round(age or 0))
                elif not is_old and (pool, what) in self._old:
                    self._old.discard((pool, what))
                    log.info("work is not old any more", part=pool, oldest=what)
