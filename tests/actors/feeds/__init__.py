"""Tests of service/actors/feeds."""
