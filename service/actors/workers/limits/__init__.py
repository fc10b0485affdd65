"""What keeps a pool from running more than the model, the budget or a client may."""
