"""A primary that Sentinels elect: asks them who it is, and leaves one that is it no longer."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from service.config.redis_url import sentinel_url
from service.store.errors import RedisUnavailable
from service.store.redis.addresses import read_url
from service.store.redis.connection import RedisConnection
from service.store.redis.primary import Place, Primary

log = structlog.get_logger()

ANOTHER = "the Sentinels name another primary"

ANSWER_SECONDS = 1.0  # that a Sentinel may take to answer
MINORITY_SECONDS = 0.2  # that the others are waited for when a majority has answered


class ElectedPrimary(Primary):
    """The primary as the majority of its Sentinels see it.

    A Sentinel that is cut off still names the old one: of all answers the one of the latest
    election counts. Nothing is kept between two looks but the last outcome.
    """

    is_elected = True

    def __init__(self, url: str) -> None:
        super().__init__(url)
        parts = sentinel_url(url)
        self._name = parts.name
        self._common = read_url(parts.primary)
        self._sentinels = [
            RedisConnection(sentinel, timeout=ANSWER_SECONDS) for sentinel in parts.sentinels
        ]
        self._at: Place | None = None
        self._looking: asyncio.Task[Place] | None = None

    async def find(self) -> Place:
        """Where it is now; simultaneous callers share one look. Raises RedisUnavailable."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="look for the primary")
            self._looking.add_done_callback(_retrieve)
        return await asyncio.shield(self._looking)

    def reached(self, place: Place, server: str) -> None:
        """As in the base class."""
        if place != self._at:  # elected while the connection was opened
            raise RedisUnavailable(ANOTHER)
        super().reached(place, server)

    def close(self) -> None:
        """Close the connections to the Sentinels."""
        for sentinel in self._sentinels:
            sentinel.close()

    async def _look(self) -> Place:
        election, host, port = max(await self._answers())
        place = Place({**self._common, "host": host, "port": port}, reign=f"{election}-")
        if self._at is not None and place != self._at:
            log.warning("redis has another primary", host=host, port=port)
            for connection in list(self.connections):
                connection.leave(ANOTHER)
        self._at = place
        return place

    async def _answers(self) -> list[tuple[int, str, int]]:
        """Of each Sentinel that answers: the latest election it knows, and who won it.

        Raises RedisUnavailable if none does.
        """
        asked = {asyncio.create_task(self._ask(sentinel)) for sentinel in self._sentinels}
        majority = len(asked) // 2 + 1
        answers: list[tuple[int, str, int]] = []
        reason = ""
        try:
            while asked:
                patience = MINORITY_SECONDS if len(answers) >= majority else None
                done, asked = await asyncio.wait(
                    asked, timeout=patience, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    break
                for task in done:
                    try:
                        answers.append(task.result())
                    except RedisUnavailable as failure:
                        reason = reason or str(failure)
        finally:
            for task in asked:
                task.cancel()
        if not answers:
            raise RedisUnavailable(f"{reason} (asking the Sentinels)")
        return answers

    async def _ask(self, sentinel: RedisConnection) -> tuple[int, str, int]:
        where, about = await sentinel.call(
            ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._name),
            ("SENTINEL", "MASTER", self._name),
        )
        fields = _pairs(about)
        if where is None or b"config-epoch" not in fields:
            raise RedisUnavailable(f"it does not know {self._name}")
        return int(fields[b"config-epoch"]), where[0].decode(), int(where[1])


def _retrieve(look: asyncio.Task[Place]) -> None:
    """Take the error of a look, which all who waited for it may have given up."""
    if not look.cancelled():
        look.exception()


def _pairs(row: list[Any]) -> dict[bytes, Any]:
    return dict(zip(row[::2], row[1::2], strict=True))
