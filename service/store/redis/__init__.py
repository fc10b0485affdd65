"""Everything that is said to Redis, and the Redis that the service brings."""
