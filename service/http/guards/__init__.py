"""Access checks: API keys, rate limits, connection limits, foreign web pages."""
