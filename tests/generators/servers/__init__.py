"""Tests of service/generators/servers."""
