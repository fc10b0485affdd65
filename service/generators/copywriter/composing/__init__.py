"""What code writes: the facts of the prompt in its own words, letters, questions, closing lines."""
