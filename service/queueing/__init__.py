"""Admission to the queue, and positions in it."""
