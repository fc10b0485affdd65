"""Reads a prompt: its words, subjects and relations, up to the scene."""
