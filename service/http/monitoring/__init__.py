"""Liveness, readiness, status and metrics."""
