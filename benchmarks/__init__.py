"""Measures the service beside bounds that show what is possible: `python3 dev.py bench`."""
