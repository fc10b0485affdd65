"""Tests of service/actors/workers."""
