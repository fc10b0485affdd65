"""What a client sent: parsed, checked, typed."""
