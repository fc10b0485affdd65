"""Rules of webhooks: which URLs are allowed, and how a delivery is signed."""
