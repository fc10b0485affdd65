"""From the socket to the handler and back."""
