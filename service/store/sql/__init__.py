"""All SQL queries, one file per subject."""
