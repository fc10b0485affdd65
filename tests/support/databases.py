"""The database for tests of the stores: the only place that names the engine."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from service.store.sqlite.database import Database


def open_database(folder: Path, name: str = "feedmill") -> AbstractAsyncContextManager[Database]:
    """A database in this folder, empty unless it was opened before."""
    return Database.open(folder / f"{name}.db")
