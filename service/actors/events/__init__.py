"""Event logs: records progress, and polls for what other processes recorded."""
