"""How an ordered picture is to look: its colours and its style."""
