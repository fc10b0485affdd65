"""The fair queue in Redis: who is served next within a priority."""
