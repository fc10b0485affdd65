"""The drawings: packed and own art, whole figures, colours."""
