"""The Redis server: embedded or external, its memory, and one left behind."""
