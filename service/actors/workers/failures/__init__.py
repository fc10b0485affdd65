"""What a pool does when generations fail: breaker, outage, suspects, fallback models."""
