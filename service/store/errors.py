"""What the stores raise when a database or Redis cannot be used."""

from __future__ import annotations


class RedisUnavailable(Exception):
    """Redis did not do what was asked: not reachable, loading, out of memory, too slow.

    Whether a command was carried out is not known. Everything sent must bear being sent again.
    """


class GroupLost(RedisUnavailable):
    """A stream or its consumer group is gone: the data set was flushed or restarted empty."""


class RedisFull(RedisUnavailable):
    """Redis has no memory left for more work; the message is a sentence."""


class DatabaseUnavailable(Exception):
    """SQLite cannot be used just now (locked, full, read-only); nothing of a write is stored."""


class ReadRejected(DatabaseUnavailable):
    """A read took too long, or too many wait already; the message is a sentence for the client."""


class RowsRejected(Exception):
    """SQLite will never take these rows: they break a rule of the schema."""


class BackupFailed(Exception):
    """A backup cannot be made or restored; the message is a sentence for the operator."""
