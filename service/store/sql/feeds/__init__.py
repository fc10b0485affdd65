"""All SQL queries of posts and home feeds, one file per subject."""
