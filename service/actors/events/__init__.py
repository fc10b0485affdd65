"""Event logs: records progress, and polls for events of other processes."""
