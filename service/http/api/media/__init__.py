"""`/media`: pictures, their copies in other sizes and formats, and parts of them."""
