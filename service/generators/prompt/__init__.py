"""Reads what a prompt asks for: the order, its subject and facts, and the form of the text."""
