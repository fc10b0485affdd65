"""Backups of a data folder: a consistent copy of the database, the pictures and the secret."""
