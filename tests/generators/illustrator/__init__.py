"""Tests of service/generators/illustrator."""
