"""Exceptions of the stores, for when SQLite or Redis cannot be used."""

from __future__ import annotations


class RedisUnavailable(Exception):
    """A command to Redis failed: not reachable, loading, out of memory, too slow.

    It is unknown whether the command was executed, so all commands must be safe to repeat.
    """


class GroupLost(RedisUnavailable):
    """A stream or its consumer group is gone: the data set was flushed or restarted empty."""


class RedisFull(RedisUnavailable):
    """Redis has no memory left for more work; the message is a sentence."""


class DatabaseUnavailable(Exception):
    """SQLite cannot be used at present (locked, full, read-only); nothing was written."""


class ReadRejected(DatabaseUnavailable):
    """A read took too long, or too many are waiting; the message is a sentence for the client."""


class MediaUnavailable(Exception):
    """Pictures cannot be saved or read at present; the message is a sentence."""


class RowsRejected(Exception):
    """SQLite can never store these rows: they violate a constraint of the schema."""


class NodeRefused(Exception):
    """This process cannot work beside the other nodes; the message is a sentence."""


class BackupFailed(Exception):
    """A backup cannot be made or restored; the message is a sentence for the operator."""
