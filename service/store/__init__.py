"""What is kept: SQLite is the truth, Redis Streams are the conveyor, pictures are files."""
