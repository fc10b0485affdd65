"""The actors, over real streams."""
