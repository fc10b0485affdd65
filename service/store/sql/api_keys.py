"""API keys `fm_<id>_<secret>`: only the SHA-256 of the secret is stored.

A plain hash is enough: the secret has 192 random bits, too many to guess.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from service.messages import Priority
from service.store.errors import DatabaseUnavailable
from service.store.sql.migrations import connect, migrate
from service.store.sqlite.database import Database

Scope = Literal["content", "feed", "worker", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "fm"  # lets scanners for leaked secrets find them
ADOPT_BATCH_REQUESTS = 1000  # assigned in one step
ID_BYTES, SECRET_BYTES = 6, 24
MAX_WEIGHT = 1000
NOTICED_SECONDS = 0.5  # within which every running service notices the first key
# compared for an unknown key, which so takes the same time
NO_DIGEST = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).digest()

_FIND = """
SELECT name, digest, scopes, priority, models FROM api_keys WHERE id = ? AND revoked_at IS NULL"""
_CREATE = """
INSERT INTO api_keys (id, name, digest, scopes, created_at, weight, priority, models)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_CHANGE = """
UPDATE api_keys SET weight = coalesce(?, weight), priority = coalesce(?, priority),
  models = nullif(coalesce(?, models), '')
WHERE name = ? AND revoked_at IS NULL"""
_IN_USE = "SELECT 1 FROM api_keys WHERE name = ? AND revoked_at IS NULL"
_ADOPT = """
UPDATE requests SET owner = ? WHERE id IN (
  SELECT id FROM requests WHERE owner IS NULL AND id > ? ORDER BY id LIMIT ?
) RETURNING id"""
_WEIGHTS = "SELECT name, weight FROM api_keys WHERE revoked_at IS NULL AND weight <> 1"
_ANY = "SELECT 1 FROM api_keys LIMIT 1"


class NoSuchKey(Exception):
    """No key of this name is in use."""


class NameInUse(Exception):
    """A key of this name is in use."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a key may have of the queue: its share by weight, up to which priority, which models.

    Without `models` it may use all.
    """

    weight: int = 1
    priority: Priority = "normal"
    models: tuple[str, ...] = ()


class KeyInUse(NamedTuple):
    """The owner of a key that came with a call, and what it permits."""

    name: str
    scopes: frozenset[str]
    priority: Priority
    models: tuple[str, ...] | None
    """None: all of them."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key without its secret. Times are seconds since the epoch."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None
    rights: Rights


class ApiKeys:
    """Checks API keys for the service; a revoked key is refused at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def any(self) -> bool:
        """Whether a key was ever created: revoking the last one does not open the service.

        Raises DatabaseUnavailable.
        """
        return await self._database.get(_ANY) is not None

    async def weights(self) -> dict[str, int]:
        """The weights of keys in use by name, but for those of 1. Raises DatabaseUnavailable."""
        return dict(await self._database.backlog.all(_WEIGHTS))

    async def find(self, key: str) -> KeyInUse | None:
        """The owner and the rights of a key in use. Raises DatabaseUnavailable.

        None for any other key. Takes the same time for a wrong secret and an unknown key.
        """
        prefix, _, rest = key.partition("_")
        id_, _, secret = rest.partition("_")
        row = prefix == PREFIX and id_.isascii() and await self._database.get(_FIND, id_)
        name, digest, scopes, priority, models = row or ("", NO_DIGEST, "", "normal", None)
        right = hmac.compare_digest(_digest(secret), digest)
        if not (right and row):
            return None
        permitted = None if models is None else tuple(models.split(","))
        return KeyInUse(name, frozenset(scopes.split(",")), priority, permitted)

    async def in_use(self, name: str) -> bool:
        """Whether there is a key of this name that is not revoked. Raises DatabaseUnavailable."""
        return await self._database.get(_IN_USE, name) is not None


# --------------------------------------------------------------------- used by `run.py keys`


def create(path: Path, name: str, scopes: Iterable[Scope], rights: Rights = Rights()) -> str:
    """Create a key in the database at `path` and return it: it cannot be shown again.

    Raises NameInUse, DatabaseUnavailable.
    """
    id_, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
    row = (
        *(id_, name, _digest(secret), ",".join(scopes), time.time()),
        *(rights.weight, rights.priority, ",".join(rights.models) or None),
    )
    try:
        with _open(path) as database:
            database.execute(_CREATE, row)
    except sqlite3.IntegrityError:
        raise NameInUse(f"There is a key named {name} already: revoke it first.") from None
    return f"{PREFIX}_{id_}_{secret}"


def forget(path: Path, key: str) -> None:
    """Delete a key that could not be shown, as if it had never been created.

    Raises DatabaseUnavailable.
    """
    with _open(path) as database:
        database.execute("DELETE FROM api_keys WHERE id = ?", (key.split("_")[1],))


def adopt(path: Path, name: str) -> int:
    """Assign requests made without a key to the key of this name; returns how many.

    Works in short steps, so that a running service can write in between. Raises NoSuchKey,
    DatabaseUnavailable.
    """
    adopted, last = 0, ""
    with _open(path) as database:
        if database.execute(_IN_USE, (name,)).fetchone() is None:
            raise NoSuchKey(f"There is no key named {name} in use.")
        database.execute("UPDATE OR IGNORE idempotency SET owner = ? WHERE owner = ''", (name,))
        while ids := [
            id_ for (id_,) in database.execute(_ADOPT, (name, last, ADOPT_BATCH_REQUESTS))
        ]:
            adopted, last = adopted + len(ids), max(ids)
    return adopted


def change(
    path: Path,
    name: str,
    weight: int | None,
    priority: Priority | None,
    models: Sequence[str] | None = None,
) -> None:
    """Change the rights of the key of this name; None leaves one as it is.

    Without any of `models` it may use all. Raises NoSuchKey, DatabaseUnavailable.
    """
    with _open(path) as database:
        listed = None if models is None else ",".join(models)
        if not database.execute(_CHANGE, (weight, priority, listed, name)).rowcount:
            raise NoSuchKey(f"There is no key named {name} in use.")


def revoke(path: Path, name: str) -> None:
    """Revoke the key of this name, and its feed addresses: another key may get the name.

    Raises NoSuchKey, DatabaseUnavailable.
    """
    with _open(path) as database:
        changed = database.execute(
            "UPDATE api_keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
            (time.time(), name),
        )
        if not changed.rowcount:
            raise NoSuchKey(f"There is no key named {name} in use.")
        database.execute("DELETE FROM feed_addresses WHERE owner = ?", (name,))


def list_keys(path: Path) -> list[ApiKey]:
    """Every key that was ever created, oldest first. Raises DatabaseUnavailable."""
    with _open(path) as database:
        rows = database.execute(
            "SELECT name, scopes, created_at, revoked_at, weight, priority, models FROM api_keys"
            " ORDER BY created_at"
        )
        return [
            ApiKey(
                name,
                tuple(scopes.split(",")),
                created,
                revoked,
                Rights(weight, priority, tuple(models.split(",")) if models else ()),
            )
            for name, scopes, created, revoked, weight, priority, models in rows
        ]


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, created if missing. A service may use it at the same time."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"{path.parent} cannot be written ({error.strerror}).") from error
    migrate(path)
    try:
        with contextlib.closing(connect(path)) as database:
            yield database
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"The database {path} cannot be used ({error}).") from error


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
