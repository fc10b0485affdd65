"""API keys `fm_<id>_<secret>`: only the SHA-256 of the secret is stored.

A plain hash is enough: the secret has 192 random bits, too many to guess.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from service.messages import Priority
from service.store.database import Database
from service.store.sql.shared_look import SharedLook

Scope = Literal["content", "feed", "worker", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
PREFIX = "fm"  # lets scanners for leaked secrets find them
ID_BYTES, SECRET_BYTES = 6, 24
MAX_WEIGHT = 1000
NOTICED_SECONDS = 0.5  # within which every running service notices the first key
# compared for an unknown key, which so takes the same time
NO_DIGEST = hashlib.sha256(secrets.token_bytes(SECRET_BYTES)).digest()

_FIND = """
SELECT name, digest, scopes, priority, models FROM api_keys WHERE id = ? AND revoked_at IS NULL"""
_IN_USE = "SELECT 1 FROM api_keys WHERE name = ? AND revoked_at IS NULL"
_WEIGHTS = "SELECT name, weight FROM api_keys WHERE revoked_at IS NULL AND weight <> 1"
_ANY = "SELECT 1 FROM api_keys LIMIT 1"


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


class ApiKeys:
    """Checks API keys for the service; a revoked key is refused at once."""

    def __init__(self, database: Database, shared: SharedLook | None = None) -> None:
        """`shared` has the weights that other processes may have changed."""
        self._database = database
        self._shared = shared

    async def any(self) -> bool:
        """Whether a key was ever created: revoking the last one does not open the service.

        Raises DatabaseUnavailable.
        """
        return await self._database.get(_ANY) is not None

    async def weights(self) -> dict[str, int]:
        """The weights of keys in use by name, but for those of 1. Raises DatabaseUnavailable."""
        if self._shared is not None:
            return (await self._shared.now()).weights
        return dict(await self._database.backlog.all(_WEIGHTS))

    async def find(self, key: str) -> KeyInUse | None:
        """The owner and the rights of a key in use. Raises DatabaseUnavailable.

        None for any other key. Takes the same time for a wrong secret and an unknown key.
        """
        prefix, _, rest = key.partition("_")
        id_, _, secret = rest.partition("_")
        row = prefix == PREFIX and id_.isascii() and await self._database.get(_FIND, id_)
        name, digest, scopes, priority, models = row or ("", NO_DIGEST, "", "normal", None)
        right = hmac.compare_digest(digest_of(secret), digest)
        if not (right and row):
            return None
        permitted = None if models is None else tuple(models.split(","))
        return KeyInUse(name, frozenset(scopes.split(",")), priority, permitted)

    async def in_use(self, name: str) -> bool:
        """Whether there is a key of this name that is not revoked. Raises DatabaseUnavailable."""
        return await self._database.get(_IN_USE, name) is not None


def digest_of(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
