"""The ranking of feeds."""
