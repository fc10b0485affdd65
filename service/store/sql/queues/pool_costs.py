"""What the generations of each pool have cost on a day, of all processes together."""

from __future__ import annotations

from service.store.database import Database
from service.store.sql.statements import Write

KEPT_DAYS = 400  # for looking back a year

_ADD = Write(
    "add cost",
    "pool text, day int, cost real",
    (
        """
        INSERT INTO pool_costs (pool, day, cost)
        SELECT pool, day, cost FROM rows WHERE true
        ON CONFLICT (pool, day) DO UPDATE SET cost = pool_costs.cost + excluded.cost
        """,
        f"""
        DELETE FROM pool_costs
        WHERE day < (SELECT min(rows.day) FROM rows) - {KEPT_DAYS}
        """,
    ),
)
_COST = "SELECT cost FROM pool_costs WHERE pool = ? AND day = ?"


class PoolCosts:
    """The costs of pools, by the name of the pool and the day (since the epoch, in UTC)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, pool: str, day: int, cost: float) -> None:
        """Add a cost to that of a day. Raises DatabaseUnavailable."""
        await self._database.write(_ADD, [(pool, day, cost)])

    async def cost(self, pool: str, day: int) -> float:
        """What the pool has cost on a day. Raises DatabaseUnavailable."""
        row = await self._database.get(_COST, pool, day)
        return 0.0 if row is None else float(row[0])
