"""Actors that run by the clock: deadlines, retention, configuration, loop lag."""
