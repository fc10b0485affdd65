"""How requests are accepted: from the fields of a client to rows and messages."""
