"""Which errors of PostgreSQL pass, and which are caused by the rows."""

from __future__ import annotations

import asyncpg


class CannotConnect(Exception):
    """No host can be written to now; the message is a sentence."""


AGAIN = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
"""The same transaction may succeed at once."""

_PASSING = (
    OSError,
    TimeoutError,
    CannotConnect,
    asyncpg.InterfaceError,  # the connection is gone, as far as this program is right
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    *AGAIN,
)


def passes(error: BaseException) -> bool:
    """Whether the same write may succeed later, on another connection."""
    # asyncpg counts values that cannot be sent as a wrong use of its interface
    return isinstance(error, _PASSING) and not isinstance(error, ValueError)
