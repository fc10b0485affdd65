"""What the model writes: drafts, and the checks of each sentence."""
