"""The pools: workers that generate, one pool for each kind."""
