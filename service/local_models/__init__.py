"""Models on this machine: the bundled text model, and model servers that are found."""
