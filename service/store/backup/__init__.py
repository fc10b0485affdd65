"""Backups of a data folder: a consistent copy of the database, and what belongs to it."""
