"""Other programs that do the same, as their makers recommend: how each is installed and started."""
