"""Tests of service/generators/openai."""
