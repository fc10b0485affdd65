"""Tests of service/http/server."""
