"""Statements about webhook deliveries."""
