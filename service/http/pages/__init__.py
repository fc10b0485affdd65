"""The studio page, its files, and the sample posts."""
