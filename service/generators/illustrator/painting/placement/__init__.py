"""Where the subjects of a picture are: alone, in rows, and beside each other."""
