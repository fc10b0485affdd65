"""The hashtags of a text."""
