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


class CannotCopy(Exception):
    """Nothing was copied; the message is a sentence for the operator."""


async def copy_to_postgres(config: Config, url: str) -> dict[str, int]:
    """Copy the SQLite database of the data folder; returns the number of rows of each table.

    Raises CannotCopy, DatabaseUnavailable.
    """
    if not config.database_file.exists():
        raise CannotCopy(f"There is no database {config.database_file}: nothing was copied.")
    try:
        from service.store.postgres.copying import DifferentRows, copy
    except ModuleNotFoundError as error:
        raise DatabaseUnavailable(NO_DRIVER) from error
    from service.store.sqlite.migrations import migrate

    await asyncio.to_thread(migrate, config.database_file)
    try:
        return await copy(config.database_file, url)
    except DifferentRows as error:
        raise CannotCopy(f"{error}: nothing was copied.") from error
