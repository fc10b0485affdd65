"""All use of Redis, and the embedded Redis."""
