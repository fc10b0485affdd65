"""Which pools an operator has paused, in SQLite: for all processes, and over restarts."""

from __future__ import annotations

from service import clock
from service.store.database import Database
from service.store.sql.statements import Write

_PAUSE = Write(
    "pause pool",
    "pool text, now real",
    (
        """
        INSERT INTO pool_pauses (pool, paused_at)
        SELECT pool, now FROM rows WHERE true
        ON CONFLICT (pool) DO NOTHING
        """,
    ),
)
_RESUME = Write(
    "resume pool",
    "pool text",
    ("DELETE FROM pool_pauses WHERE pool IN (SELECT pool FROM rows)",),
)
_PAUSED_AT = "SELECT paused_at FROM pool_pauses WHERE pool = ?"


class PoolPauses:
    """The pauses of pools, by the name of the pool. Every change is idempotent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pause(self, pool: str) -> None:
        """Pause a pool; an earlier pause keeps its time. Raises DatabaseUnavailable."""
        await self._database.write(_PAUSE, [(pool, clock.now())])

    async def resume(self, pool: str) -> None:
        """End the pause of a pool. Raises DatabaseUnavailable."""
        await self._database.write(_RESUME, [(pool,)])

    async def paused_at(self, pool: str) -> float | None:
        """When a pool was paused; None if it is not. Raises DatabaseUnavailable."""
        row = await self._database.get(_PAUSED_AT, pool)
        return None if row is None else float(row[0])
