"""API keys: `fm_<id>_<secret>`, of which only the SHA-256 of the secret is kept.

A plain hash is enough: the secret is 192 random bits, which nobody can try out.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from service.store.errors import DatabaseUnavailable
from service.store.sql.migrations import connect, migrate
from service.store.sqlite.database import Database

Scope = Literal["content", "feed", "worker", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "fm"  # lets scanners for leaked secrets find them
ADOPTED_AT_ONCE = 1000  # requests in one step
ID_BYTES, SECRET_BYTES = 6, 24
NOTICED_SECONDS = 0.5  # seconds within which every running service knows that there is a first key
NOBODY = hashlib.sha256(
    secrets.token_bytes(SECRET_BYTES)
).digest()  # compared with if there is no key

_FIND = "SELECT name, digest, scopes FROM api_keys WHERE id = ? AND revoked_at IS NULL"
_CREATE = "INSERT INTO api_keys (id, name, digest, scopes, created_at) VALUES (?, ?, ?, ?, ?)"
_IN_USE = "SELECT 1 FROM api_keys WHERE name = ? AND revoked_at IS NULL"
_ADOPT = """
UPDATE requests SET owner = ? WHERE id IN (
  SELECT id FROM requests WHERE owner IS NULL AND id > ? ORDER BY id LIMIT ?
) RETURNING id"""
_ANY = "SELECT 1 FROM api_keys LIMIT 1"


class NoSuchKey(Exception):
    """There is no key of this name in use."""


class NameInUse(Exception):
    """A key of this name is in use."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key. Times are seconds since the epoch."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    revoked_at: float | None


class ApiKeys:
    """What the service asks of the keys; a key that is revoked counts no more from then on."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def any(self) -> bool:
        """Whether a key was ever made. Revoking the last one opens nothing. Raises DatabaseAway."""
        return self._database.get(_ANY) is not None

    def find(self, key: str) -> tuple[str, frozenset[str]] | None:
        """Name and scopes of a key in use, or None. Raises DatabaseAway.

        Takes the same time for a wrong secret and for a key that there is not.
        """
        prefix, _, rest = key.partition("_")
        id_, _, secret = rest.partition("_")
        known = prefix == PREFIX and id_.isascii() and self._database.get(_FIND, id_)
        name, digest, scopes = known or ("", NOBODY, "")
        right = hmac.compare_digest(_digest(secret), digest)
        return (name, frozenset(scopes.split(","))) if right and known else None


# --------------------------------------------------------------------- what `run.py keys` does


def create(path: Path, name: str, scopes: Iterable[Scope]) -> str:
    """Make a key in the database at `path`; it is told here and never again.

    Raises NameInUse, DatabaseAway.
    """
    id_, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
    row = (id_, name, _digest(secret), ",".join(scopes), time.time())
    try:
        with _opened(path) as database:
            database.execute(_CREATE, row)
    except sqlite3.IntegrityError:
        raise NameInUse(f"There is a key named {name} already: revoke it first.") from None
    return f"{PREFIX}_{id_}_{secret}"


def forget(path: Path, key: str) -> None:
    """Take back a key that was not shown, as if it had not been made.

    Raises DatabaseUnavailable.
    """
    with _opened(path) as database:
        database.execute("DELETE FROM api_keys WHERE id = ?", (key.split("_")[1],))


def adopt(path: Path, name: str) -> int:
    """Give what was requested without a key to the key of this name; how many requests.

    In short steps: a service that runs goes on writing. Raises NoSuchKey, DatabaseUnavailable.
    """
    adopted, last = 0, ""
    with _opened(path) as database:
        if database.execute(_IN_USE, (name,)).fetchone() is None:
            raise NoSuchKey(f"There is no key named {name} in use.")
        database.execute("UPDATE OR IGNORE idempotency SET owner = ? WHERE owner = ''", (name,))
        while ids := [id_ for (id_,) in database.execute(_ADOPT, (name, last, ADOPTED_AT_ONCE))]:
            adopted, last = adopted + len(ids), max(ids)
    return adopted


def revoke(path: Path, name: str) -> None:
    """Let the key of this name count no more. Raises NoSuchKey, DatabaseAway."""
    with _opened(path) as database:
        changed = database.execute(
            "UPDATE api_keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL",
            (time.time(), name),
        )
        if not changed.rowcount:
            raise NoSuchKey(f"There is no key named {name} in use.")


def listed(path: Path) -> list[ApiKey]:
    """Every key that was ever made, oldest first. Raises DatabaseAway."""
    with _opened(path) as database:
        rows = database.execute(
            "SELECT name, scopes, created_at, revoked_at FROM api_keys ORDER BY created_at"
        )
        return [ApiKey(name, tuple(scopes.split(",")), *times) for name, scopes, *times in rows]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, made if it is not there. A service may run on it meanwhile."""
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
