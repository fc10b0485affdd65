"""Generators of texts and pictures. Nothing is imported here: child processes load only parts."""
