"""Request parameters: parsed, checked, typed."""
