"""Light, sky and weather of a picture."""
