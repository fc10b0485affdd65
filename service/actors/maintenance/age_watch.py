"""Age watch: logs when parts have been waiting or running for too long."""

from __future__ import annotations

import structlog

from service.actors.actor import ClockActor
from service.messages import Kind
from service.store.sql.requests import Requests

log = structlog.get_logger()

TICK_SECONDS = 5.0
OLD_SECONDS = 600.0  # the age that is logged; docs/operations.md has an alert for the same


class AgeWatch(ClockActor):
    """Logs when the oldest part of a kind becomes too old, and when that is over."""

    name = "ages"

    def __init__(self, requests: Requests) -> None:
        super().__init__(TICK_SECONDS)
        self._requests = requests
        self._old: set[tuple[Kind, str]] = set()

    async def tick(self) -> None:
        for kind, ages in (await self._requests.ages()).items():
            for what, age in (("waiting", ages.waiting), ("running", ages.running)):
                is_old = age is not None and age >= OLD_SECONDS
                if is_old and (kind, what) not in self._old:
                    self._old.add((kind, what))
                    log.warning("work is old", part=kind, oldest=what, seconds=round(age or 0))
                elif not is_old and (kind, what) in self._old:
                    self._old.discard((kind, what))
                    log.info("work is not old any more", part=kind, oldest=what)
