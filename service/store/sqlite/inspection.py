"""A look at a SQLite database that changes nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from service.store.database import Inspection
from service.store.errors import DatabaseUnavailable


def inspect(file: Path) -> Inspection | None:
    """What is in the file; None if it is not there. Raises DatabaseUnavailable."""
    uri = f"{file.resolve().as_uri()}?mode=ro"
    try:
        if not file.exists():
            return None
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1)) as connection:
            [version] = connection.execute("PRAGMA user_version").fetchone()
            tables = "SELECT 1 FROM sqlite_schema WHERE name = 'api_keys'"  # not in old versions
            has_keys = (
                connection.execute(tables).fetchone()
                and connection.execute("SELECT 1 FROM api_keys LIMIT 1").fetchone()
            )
    except (sqlite3.Error, OSError) as error:
        raise DatabaseUnavailable(f"{file} cannot be read ({error})") from error
    return Inspection(f"SQLite {sqlite3.sqlite_version}", version, bool(has_keys))
