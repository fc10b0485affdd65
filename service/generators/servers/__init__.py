"""What generators share that call servers: HTTP, failures, quotas, several servers."""
