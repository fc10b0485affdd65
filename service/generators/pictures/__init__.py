"""Pictures from outside: decoded, cleaned and converted in child processes."""
