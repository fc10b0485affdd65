"""Tests of service/generators/copywriter."""
