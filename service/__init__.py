"""Feedmill: prompts become posts, posts become feeds."""

__version__ = "0.1.0"
