"""Tests of service/actors/webhooks."""
