"""The local text model: a GGUF file in a child process."""
