"""What aiohttp, Redis and SQLite allow on this machine: programs with none of the features."""
