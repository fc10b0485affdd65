"""The clients of a pool in `GET /status`: those that wait, and the share of each."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from service.store.sql.queues.waiting_clients import ClientsOfPool, WaitingClient

MAX_SHOWN = 20  # clients of a pool


class ClientStatus(msgspec.Struct):
    """A client: `key:` and the name of its key, `user:` and its user, or `address:` and that.

    `share` is its part of the generation time of this process in the last minute, 0 to 1.
    """

    client: str
    weight: int
    waiting: int
    running: int
    share: float
    oldest_waiting_seconds: float | None


class PoolClientsStatus(msgspec.Struct):
    """The clients that wait for a pool and that it serves: how many, and the first of them.

    Those with the longest lines come first, then those with the largest shares.
    """

    waiting: int
    served: int
    first: list[ClientStatus]


def pool_clients(
    found: ClientsOfPool, shares: Mapping[str, float], weights: Mapping[str, int]
) -> PoolClientsStatus:
    """The clients of a pool as they are shown."""
    waiting = {client.client: client for client in found.first}
    others = sorted(shares.keys() - waiting.keys(), key=lambda client: -shares[client])
    shown = [*waiting.values(), *(WaitingClient(client, 0, 0, None) for client in others)]
    return PoolClientsStatus(
        found.waiting,
        len(shares),
        [
            ClientStatus(
                one.client,
                weights.get(one.client, 1),
                one.waiting,
                one.running,
                round(shares.get(one.client, 0.0), 4),
                None
                if one.oldest_waiting_seconds is None
                else round(one.oldest_waiting_seconds, 3),
            )
            for one in shown[:MAX_SHOWN]
        ],
    )
