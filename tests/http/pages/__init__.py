"""Tests of service/http/pages."""
