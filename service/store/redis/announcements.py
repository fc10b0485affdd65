"""Announcements: what a node tells all others at once, over a short stream in Redis.

One that is lost does no harm: the others look into the database now and then.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.store.redis.streams import BLOCK_SECONDS, Streams

KEY = "feedmill:announcements"
KEPT = 1000  # the newest, for nodes that were cut off for a moment
ANSWER_MARGIN_SECONDS = 5.0  # that an answer may be late beyond the time a read blocks


class Announcement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has happened at a node."""

    node: str
    changed: Sequence[str] = ()
    """The requests with new events."""
    ended: Sequence[str] = ()
    """Those that were cancelled or have expired: nothing goes on for them."""
    lost: bool = False
    """Whether something may be missing on the streams."""
    pauses: bool = False
    """Whether a pool was paused or resumed."""
    posts: bool = False
    """Whether posts were published, edited or deleted."""
    acts: bool = False
    """Whether users liked or saw posts."""


class Announcements:
    """Sends those of one node, and reads those of all others."""

    def __init__(self, streams: Streams) -> None:
        self._sender, self._reader = streams.connection(), streams.connection()
        self._after = b"$"

    async def send(self, announcement: Announcement) -> None:
        """Add one to the stream. Raises RedisUnavailable."""
        fields = ("m", msgspec.msgpack.encode(announcement))
        await self._sender.one("XADD", KEY, "MAXLEN", "~", KEPT, "*", *fields)

    async def read(self, node: str) -> list[Announcement]:
        """Wait for those of other nodes than this one. Raises RedisUnavailable."""
        reply = await self._reader.one(
            *("XREAD", "COUNT", KEPT, "BLOCK", int(BLOCK_SECONDS * 1000)),
            *("STREAMS", KEY, self._after),
            timeout=BLOCK_SECONDS + ANSWER_MARGIN_SECONDS,
        )
        found = []
        for entry, fields in reply[0][1] if reply else ():
            self._after = entry
            try:
                announcement = msgspec.msgpack.decode(fields[1], type=Announcement)
            except (msgspec.MsgspecError, IndexError):  # of another version
                continue
            if announcement.node != node:
                found.append(announcement)
        return found

    async def begin(self) -> None:
        """Read from now on, whatever happens between two reads. Raises RedisUnavailable."""
        newest = await self._sender.one("XREVRANGE", KEY, "+", "-", "COUNT", 1)
        self._after = newest[0][0] if newest else b"0-0"

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
        self._reader.close()
