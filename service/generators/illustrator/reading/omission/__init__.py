"""What a scene leaves out, or does not surely show."""
