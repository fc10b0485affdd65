"""Feeds as Redis keeps them."""
