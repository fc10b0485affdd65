"""What a scene shows: its subjects, what they do and what bears them."""
