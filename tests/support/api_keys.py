"""API keys in the SQLite file of a service, made from tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from service.messages import Priority
from service.store.sql.keys.api_keys import Rights, Scope
from service.store.sql.keys.key_registry import NO_RIGHTS_ASKED, KeyRegistry
from service.store.sqlite.database import Database

__all__ = ["Rights", "Scope", "change", "create", "revoke"]

Result = TypeVar("Result")


def create(path: Path, name: str, scopes: Iterable[Scope], rights: Rights = NO_RIGHTS_ASKED) -> str:
    """As `keys create`."""
    return _done(path, lambda keys: keys.create(name, scopes, rights))


def change(
    path: Path,
    name: str,
    weight: int | None,
    priority: Priority | None,
    models: Sequence[str] | None = None,
) -> None:
    """As `keys change`."""
    _done(path, lambda keys: keys.change(name, weight, priority, models))


def revoke(path: Path, name: str) -> None:
    """As `keys revoke`."""
    _done(path, lambda keys: keys.revoke(name))


def _done(path: Path, do: Callable[[KeyRegistry], Awaitable[Result]]) -> Result:
    """What it returns: it runs in a thread of its own, for a loop may run in this one."""

    async def work() -> Result:
        async with Database.open(path) as database:
            return await do(KeyRegistry(database))

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work()).result()
