"""The streams of pools, and the one consumer group of each stream."""

from __future__ import annotations

from service.messages import (
    FANOUT,
    KINDS,
    MODEL,
    NOTICES,
    PRIORITIES,
    REQUESTS,
    RESULTS,
    WEBHOOKS,
    pool_stream,
    stream_of,
)


def pool_streams(pool: str) -> list[str]:
    """The streams of a pool, the most urgent first."""
    return [stream_of(pool_stream(pool), priority) for priority in PRIORITIES]


def bell_of(pool: str) -> str:
    """The stream that wakes workers of a pool which wait, when clients share it.

    Its group and consumers are those of the pool.
    """
    return f"fair:{pool_stream(pool)}:bell"


GROUPS: dict[str, str] = {
    REQUESTS: "dispatcher",
    **{stream: f"{kind}-workers" for kind in KINDS for stream in pool_streams(kind)},
    RESULTS: "collector",
    NOTICES: "notifier",
    WEBHOOKS: "webhooks",
    FANOUT: "fanout",
}
"""The group of each stream that always exists. In pipeline order: a scan cannot miss a request that
moves to a later stream."""


def group_of(stream: str) -> str:
    """The one consumer group of a stream."""
    return GROUPS.get(stream) or f"{stream.removeprefix(MODEL).partition(':')[0]}-workers"
