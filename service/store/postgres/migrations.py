"""Brings the schema to this program's version."""

from __future__ import annotations

import asyncpg
import structlog

from service.store.database import Durability
from service.store.errors import DatabaseUnavailable
from service.store.postgres.connection import Hosts
from service.store.postgres.errors import CannotConnect
from service.store.postgres.inspection import durability_of, name_of
from service.store.postgres.schema import scripts

log = structlog.get_logger()

MIN_VERSION = 15
_LOCK = 0x4665_6564_0000  # "Feed": one process migrates
_VERSION = "CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)"


async def migrate(hosts: Hosts) -> tuple[str, Durability]:
    """Apply the versions that are missing; returns the server's name and durability.

    Raises DatabaseUnavailable.
    """
    try:
        connection = await hosts.connect({"idle_in_transaction_session_timeout": "0"})
        try:
            engine = name_of(connection)
            if connection.get_server_version().major < MIN_VERSION:
                raise DatabaseUnavailable(
                    f"PostgreSQL {MIN_VERSION} or newer is needed; this is {engine}."
                )
            if await connection.fetchval("SHOW server_encoding") != "UTF8":
                raise DatabaseUnavailable("The database has to be made with ENCODING 'UTF8'.")
            async with connection.transaction():
                await _migrate(connection)
            durability = await durability_of(connection)
        finally:
            connection.terminate()
    except CannotConnect as error:
        raise DatabaseUnavailable(str(error)) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise DatabaseUnavailable(f"The database cannot be used ({error}).") from error
    return engine, durability


async def _migrate(connection: asyncpg.Connection) -> None:
    await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
    await connection.execute(_VERSION)
    version = await connection.fetchval("SELECT max(version) FROM schema_version") or 0
    wanted = scripts()
    if version > len(wanted):
        raise DatabaseUnavailable(
            f"The database is of version {version}, newer than this program's {len(wanted)}: "
            "start the newer program, or restore the backup from before its first start."
        )
    if version == len(wanted):
        return
    if version:
        log.info("migrating the database", from_version=version, to_version=len(wanted))
    for script in wanted[version:]:
        await connection.execute(script)
    await connection.execute("DELETE FROM schema_version")
    await connection.execute("INSERT INTO schema_version VALUES ($1)", len(wanted))
