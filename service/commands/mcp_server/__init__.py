"""The server of `run.py mcp`: its tools, and what they return."""
