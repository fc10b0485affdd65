"""Who may call an endpoint, how often, and from which web pages."""
