"""What a prompt asks of the form and the look: clauses that are no part of what is said."""
