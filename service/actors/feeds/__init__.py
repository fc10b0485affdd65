"""Actors that keep home feeds."""
