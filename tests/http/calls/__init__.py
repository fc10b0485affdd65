"""Tests of service/http/calls."""
