"""Other programs for the same task, installed and started as their authors recommend."""
