"""Words, sentences and numbers in six languages."""
