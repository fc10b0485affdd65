"""Who is let into the queue, and where a request stands in it."""
