"""The HTTP API: checks requests, answers from the stores, hands work to the actors."""
