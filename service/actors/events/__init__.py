"""The event log: what is recorded, and what other processes recorded."""
