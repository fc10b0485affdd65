"""Tests of service/http/api."""
