"""Texts and pictures from servers behind an API like OpenAI's."""
