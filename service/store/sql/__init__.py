"""Everything that is said in SQL, one file for each subject."""
