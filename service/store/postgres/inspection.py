"""A look at a PostgreSQL database that changes nothing, and how safe its commits are."""

from __future__ import annotations

import asyncpg

from service.store.database import Durability, Inspection
from service.store.errors import DatabaseUnavailable
from service.store.postgres.connection import ANSWER_SECONDS, Hosts, given_up
from service.store.postgres.errors import CannotConnect

_TABLE = "SELECT to_regclass($1) IS NOT NULL"
_DURABILITY = """
SELECT current_setting('synchronous_commit'), current_setting('fsync') = 'on',
  (SELECT count(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')),
  (SELECT count(*) FROM pg_stat_replication)
"""


async def inspect(url: str) -> Inspection | None:
    """What is in the database; None if it is empty. Raises DatabaseUnavailable."""
    try:
        connection = await Hosts(url).connect()
        try:
            with given_up(connection, ANSWER_SECONDS):
                if not await connection.fetchval(_TABLE, "schema_version"):
                    return None
                version = await connection.fetchval("SELECT max(version) FROM schema_version")
                has_keys = await connection.fetchval(_TABLE, "api_keys") and (
                    await connection.fetchval("SELECT EXISTS (SELECT 1 FROM api_keys)")
                )
                return Inspection(name_of(connection), version or 0, bool(has_keys))
        finally:
            connection.terminate()
    except (CannotConnect, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise DatabaseUnavailable(str(error)) from error


def name_of(connection: asyncpg.Connection) -> str:
    """Name and version of the server."""
    version = connection.get_server_version()
    return f"PostgreSQL {version.major}.{version.micro}"


async def durability_of(connection: asyncpg.Connection) -> Durability:
    """What decides whether a commit survives its host."""
    commit, is_synced, synchronous, standbys = await connection.fetchrow(_DURABILITY)
    settings = {
        "synchronous_commit": commit,
        "standbys": standbys,
        "synchronous_standbys": synchronous,
    }
    if not is_synced or commit == "off":
        return Durability(
            settings, "A request that was accepted may be lost when PostgreSQL's host stops."
        )
    if commit == "local" or not synchronous:
        return Durability(
            settings, "A request that was accepted is lost together with PostgreSQL's host."
        )
    return Durability(settings, "")
