"""`/pools`: the pools of workers and what waits for them."""
