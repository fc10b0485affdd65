"""What runs by the clock: deadlines, retention, configuration, loop lag."""
