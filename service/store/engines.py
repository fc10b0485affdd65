"""Which database the configuration names. Nothing above knows."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

from service.config import Config
from service.store.database import Database, Inspection
from service.store.errors import DatabaseUnavailable

NO_DRIVER = (
    "[database] url names PostgreSQL, and its driver is not installed: "
    "python -m pip install 'feedmill[postgres]'"
)


def open_database(config: Config) -> AbstractAsyncContextManager[Database]:
    """The database of the configuration, which is migrated. Raises DatabaseUnavailable."""
    if not config.database.url:
        from service.store.sqlite.database import Database as SqliteDatabase

        return SqliteDatabase.open(config.database_file)
    try:
        from service.store.postgres.database import Database as PostgresDatabase
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(NO_DRIVER) from error
    return PostgresDatabase.open(config.database.url)


async def inspect_database(config: Config) -> Inspection | None:
    """What is in the database, which is not changed; None if it is not there.

    Raises DatabaseUnavailable.
    """
    if not config.database.url:
        from service.store.sqlite.inspection import inspect as inspect_file

        return await asyncio.to_thread(inspect_file, config.database_file)
    try:
        from service.store.postgres.inspection import inspect
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(NO_DRIVER) from error
    return await inspect(config.database.url)
