"""Tests of service/generators/pictures."""
