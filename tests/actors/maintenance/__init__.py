"""Tests of service/actors/maintenance."""
