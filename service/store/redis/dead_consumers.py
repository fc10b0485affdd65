"""The consumers of nodes that are gone: removed as soon as they owe nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from service.messages import KINDS
from service.store.redis.connection import Command
from service.store.redis.streams import Streams
from service.stream_groups import bell_of


async def remove_consumers(streams: Streams, node: str, others: Collection[str]) -> bool:
    """Remove the consumers of a node; whether none is left. Raises RedisUnavailable.

    `others` are the names of all other nodes: one may begin as this one does.
    """
    groups = streams.groups
    looks: list[Command] = [("XINFO", "CONSUMERS", *pair) for pair in groups.items()]
    left = 0
    for stream, rows in zip(groups, await streams.call(*looks), strict=True):
        for name in _of_node(rows, node, others):
            left += not await streams.drop_consumer(stream, name)
    # what rang a bell for a consumer is lost with it: others look for themselves
    bells = {bell_of(pool): f"{pool}-workers" for pool in (*KINDS, *streams.models)}
    looks = [("XINFO", "CONSUMERS", *pair) for pair in bells.items()]
    for (bell, group), rows in zip(bells.items(), await streams.call(*looks), strict=True):
        for name in _of_node(rows, node, others):
            await streams.call(("XGROUP", "DELCONSUMER", bell, group, name))
    return not left


def _of_node(rows: Sequence[Any], node: str, others: Collection[str]) -> list[str]:
    names = [row[row.index(b"name") + 1].decode() for row in rows]
    longer = tuple(f"{other}." for other in others if other.startswith(f"{node}."))
    return [name for name in names if name.startswith(f"{node}.") and not name.startswith(longer)]
