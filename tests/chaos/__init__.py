"""Faults under load, and the check that nothing is lost."""
