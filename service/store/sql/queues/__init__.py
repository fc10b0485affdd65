"""Statements about what waits: pauses, costs and the clients in line."""
