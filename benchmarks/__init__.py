"""How fast it is, beside bounds that say how fast it could be: `python3 dev.py bench`."""
