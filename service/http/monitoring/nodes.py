"""The nodes in `GET /status`: the processes that share the work."""

from __future__ import annotations

from typing import Literal

import msgspec

from service import clock
from service.roles import Role
from service.store.sql.nodes import Node
from service.store.sql.requests.request_records import iso


class NodeStatus(msgspec.Struct):
    """A process of the service. Of those that are gone, what they owe has yet to be taken up."""

    name: str
    roles: list[Role]
    version: str
    state: Literal["alive", "stopped", "gone"]
    leads: bool
    started_at: str
    seen_seconds: float
    clock_ahead_seconds: float


def node_status(node: Node) -> NodeStatus:
    """A node as `GET /status` shows it."""
    return NodeStatus(
        node.name,
        list(node.roles),
        node.version,
        "alive" if node.is_alive else "gone" if node.stopped_at is None else "stopped",
        node.leads,
        iso(node.started_at) or "",
        round(max(0.0, clock.now() - node.seen_at), 3),
        round(node.ahead, 3),
    )
