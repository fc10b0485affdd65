"""Statements about requests: what is accepted, runs, ends, is listed and searched."""
