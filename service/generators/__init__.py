"""What makes texts and pictures. Nothing is imported here: child processes load what they need."""
