"""The stores, over real databases."""
