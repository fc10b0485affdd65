"""Pictures: in a folder of this machine, or in a bucket."""
