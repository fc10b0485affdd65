"""The actors: small classes that handle what their stream delivers."""
