"""Feedmill for other programs: `feedmill.client` talks to a running service."""
