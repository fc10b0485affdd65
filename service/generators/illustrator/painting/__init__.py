"""Paints a scene: light and sky, where the subjects are, the finish."""
