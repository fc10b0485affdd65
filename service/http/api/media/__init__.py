"""`/media`: pictures, their small copies, and parts of them."""
