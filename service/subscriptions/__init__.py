"""Clients that wait for events: of one request, or of open feeds."""
