"""The content of a prompt: its order, subject and facts, and what a picture shows."""
