"""The HTTP API: checks what comes in, answers from the stores, hands work to the actors."""
