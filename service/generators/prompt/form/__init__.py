"""The form that a prompt asks for: lengths, constraints, tags, items, tone."""
