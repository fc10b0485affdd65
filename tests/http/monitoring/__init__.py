"""Tests of service/http/monitoring."""
