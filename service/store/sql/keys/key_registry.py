"""Creates, lists, changes and revokes API keys, while a service may use the same database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.messages import Priority
from service.store.database import Database
from service.store.errors import RowsRejected
from service.store.sql.keys.api_keys import (
    ID_BYTES,
    PREFIX,
    SECRET_BYTES,
    Rights,
    Scope,
    digest_of,
)
from service.store.sql.statements import Write

ADOPT_BATCH_REQUESTS = 1000  # assigned in one step
NO_RIGHTS_ASKED = Rights()

_CREATE = Write(
    "create key",
    """id text, name text, digest text, scopes text, at real, weight int, priority text,
    models text""",
    (
        """
        INSERT INTO api_keys (id, name, digest, scopes, created_at, weight, priority, models)
        SELECT id, name, decode(digest, 'hex'), scopes, at, weight, priority, models FROM rows
        """,
    ),
)
_FORGET = Write(
    "forget key", "id text", ("DELETE FROM api_keys WHERE id IN (SELECT id FROM rows)",)
)
_CHANGE = Write(
    "change key",
    "name text, weight int, priority text, models text",
    (
        """
        UPDATE api_keys SET weight = coalesce(rows.weight, api_keys.weight),
          priority = coalesce(rows.priority, api_keys.priority),
          models = nullif(coalesce(rows.models, api_keys.models), '')
        FROM rows WHERE api_keys.name = rows.name AND revoked_at IS NULL
        RETURNING api_keys.name
        """,
    ),
)
_REVOKE = Write(
    "revoke key",
    "name text, now real",
    (
        """
        UPDATE api_keys SET revoked_at = rows.now
        FROM rows WHERE api_keys.name = rows.name AND revoked_at IS NULL
        RETURNING api_keys.name
        """,
        "DELETE FROM feed_addresses WHERE owner IN (SELECT name FROM rows)",
    ),
)
_ADOPT_KEYS = Write(
    "adopt idempotency keys",
    "name text",
    (
        """
        UPDATE idempotency SET owner = rows.name FROM rows
        WHERE idempotency.owner = '' AND NOT EXISTS (
          SELECT 1 FROM idempotency AS own
          WHERE own.owner = rows.name AND own.key = idempotency.key)
        """,
    ),
)
_ADOPT = Write(
    "adopt requests",
    "name text, after text, most int",
    (
        """
        UPDATE requests SET owner = rows.name FROM rows
        WHERE requests.id IN (
          SELECT id FROM requests WHERE owner IS NULL AND id > (SELECT after FROM rows)
          ORDER BY id LIMIT (SELECT most FROM rows))
        RETURNING requests.id
        """,
    ),
)
_IN_USE = "SELECT 1 FROM api_keys WHERE name = ? AND revoked_at IS NULL"
_ALL = """
SELECT name, scopes, created_at, revoked_at, weight, priority, models FROM api_keys
ORDER BY created_at
"""


class NoSuchKey(Exception):
    """No key of this name is in use."""


class NameInUse(Exception):
    """A key of this name is in use."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. Times are seconds since the epoch."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None
    rights: Rights


class KeyRegistry:
    """The API keys of a database. Every method may raise DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, name: str, scopes: Iterable[Scope], rights: Rights = NO_RIGHTS_ASKED
    ) -> str:
        """Create a key and return it: it cannot be shown again. Raises NameInUse."""
        id_, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
        row = (
            *(id_, name, digest_of(secret).hex(), ",".join(scopes), time.time()),
            *(rights.weight, rights.priority, ",".join(rights.models) or None),
        )
        taken = NameInUse(f"There is a key named {name} already: revoke it first.")
        if await self._database.get(_IN_USE, name) is not None:
            raise taken
        try:
            await self._database.write(_CREATE, [row])
        except RowsRejected:  # another process was faster
            raise taken from None
        return f"{PREFIX}_{id_}_{secret}"

    async def forget(self, key: str) -> None:
        """Delete a key that could not be shown, as if it had never been created."""
        await self._database.write(_FORGET, [(key.split("_")[1],)])

    async def adopt(self, name: str) -> int:
        """Assign requests made without a key to the key of this name; returns how many.

        Works in short steps, so that a running service can write in between. Raises NoSuchKey.
        """
        if await self._database.get(_IN_USE, name) is None:
            raise _no_such_key(name)
        await self._database.write(_ADOPT_KEYS, [(name,)])
        adopted, last = 0, ""
        while True:
            row = (name, last, ADOPT_BATCH_REQUESTS)
            [ids] = await self._database.write(_ADOPT, [row])
            if not ids:
                return adopted
            adopted, last = adopted + len(ids), max(id_ for (id_,) in ids)

    async def change(
        self,
        name: str,
        weight: int | None,
        priority: Priority | None,
        models: Sequence[str] | None = None,
    ) -> None:
        """Change the rights of the key of this name; None leaves one as it is.

        Without any of `models` it may use all. Raises NoSuchKey.
        """
        listed = None if models is None else ",".join(models)
        [changed] = await self._database.write(_CHANGE, [(name, weight, priority, listed)])
        if not changed:
            raise _no_such_key(name)

    async def revoke(self, name: str) -> None:
        """Revoke the key of this name, and its feed addresses: another key may get the name.

        Raises NoSuchKey.
        """
        if await self._database.get(_IN_USE, name) is None:
            raise _no_such_key(name)
        await self._database.write(_REVOKE, [(name, time.time())])

    async def all(self) -> list[ApiKey]:
        """Every key that was ever created, oldest first."""
        return [
            ApiKey(
                name,
                tuple(scopes.split(",")),
                created,
                revoked,
                Rights(weight, priority, tuple(models.split(",")) if models else ()),
            )
            for name, scopes, created, revoked, weight, priority, models in (
                await self._database.all(_ALL)
            )
        ]


def _no_such_key(name: str) -> NoSuchKey:
    return NoSuchKey(f"There is no key named {name} in use.")
