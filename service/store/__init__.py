"""Stored data: SQLite is the source of truth, Redis Streams carry the work, pictures are files."""
