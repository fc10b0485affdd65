"""The database that tests of the stores run over: the one place that says which engine it is."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from service.store.sqlite.database import Database


def open_database(folder: Path, name: str = "feedmill") -> AbstractAsyncContextManager[Database]:
    """A database in this folder, empty unless it was opened before."""
    return Database.open(folder / f"{name}.db")
