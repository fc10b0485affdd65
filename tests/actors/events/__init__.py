"""Tests of service/actors/events."""
