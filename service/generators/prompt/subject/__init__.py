"""The content of a prompt: its order, subject and facts, and what is to be seen."""
