"""Posters: the words of a prompt in good type over a calm ground, with one drawn object."""
