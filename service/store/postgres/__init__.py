"""The PostgreSQL engine, with asyncpg: loaded only if `[database] url` names it."""
