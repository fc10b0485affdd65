"""How the API describes itself."""
