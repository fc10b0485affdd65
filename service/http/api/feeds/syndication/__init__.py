"""Posts of an author for feed readers: Atom and JSON Feed."""
