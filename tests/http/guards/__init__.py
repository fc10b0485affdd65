"""Tests of service/http/guards."""
