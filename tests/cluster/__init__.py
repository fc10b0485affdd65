"""Several processes with different roles over one PostgreSQL and one Redis."""
