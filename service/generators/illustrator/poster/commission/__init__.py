"""Ordered posters whose words are quoted: what they say, what they show, and what edges them."""
