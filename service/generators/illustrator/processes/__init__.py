"""The drawing processes and their messages."""
