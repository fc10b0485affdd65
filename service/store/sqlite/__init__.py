"""The SQLite engine: one writer that commits in groups, and readers."""
