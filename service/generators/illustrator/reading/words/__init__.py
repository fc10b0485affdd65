"""What the words of a prompt mean: numbers, nouns, senses."""
