"""The logs of requests as streams: of one, and of several at once."""
