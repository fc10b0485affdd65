"""Roles: who does what when several processes, on one host or on many, are one service.

Any number of nodes may have a role, and a node any of them. By default one process has all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

Role = Literal["http", "mill", "worker"]

ROLES: tuple[Role, ...] = ("http", "mill", "worker")
"""`http` accepts and answers, `mill` moves requests along, `worker` generates."""

EVERY = frozenset(ROLES)

DOES: Mapping[str, frozenset[Role]] = {
    # what each process needs for itself
    "reloader": EVERY,
    "pulse": EVERY,
    "clock": EVERY,
    "node": EVERY,
    "primary-watch": EVERY,
    "relay": EVERY,  # sends what this process has committed; puts back what got lost on a mill
    "timekeeper": EVERY,  # fails what a dead process had in hand; expires and removes on a mill
    "loads": EVERY,
    "announcer": EVERY,
    "pauses": frozenset({"http", "mill"}),  # pools read their own pauses
    # what clients of this process wait for
    "herald": frozenset({"http"}),
    "feed-pusher": frozenset({"http"}),
    "learner": frozenset({"http"}),
    # what moves requests and posts along
    "ages": frozenset({"mill"}),
    "key-weights": frozenset({"mill"}),
    "dispatcher": frozenset({"mill"}),
    "collector": frozenset({"mill"}),
    "notifier": frozenset({"mill"}),
    "webhooks": frozenset({"mill"}),
    "scheduler": frozenset({"mill"}),
    "fanout": frozenset({"mill"}),
    "fanout-return": frozenset({"mill"}),
    "embedder": frozenset({"mill"}),
}
"""The roles that run an actor, by its name. Pools run on `worker`."""

NEEDS_OTHERS = (
    "a process with some of the roles works beside others, which needs PostgreSQL and a Redis "
    "that all of them reach: set [database] url and [redis] url, or leave all roles to one process."
)


def does(roles: Collection[Role], actor: str) -> bool:
    """Whether a process with these roles runs an actor."""
    return not DOES[actor].isdisjoint(roles)


def refusal(roles: Collection[Role], *, is_embedded: bool, is_sqlite: bool) -> str:
    """Why a process cannot have these roles over these stores, as a sentence; "" if it can."""
    return NEEDS_OTHERS if EVERY.difference(roles) and (is_embedded or is_sqlite) else ""
