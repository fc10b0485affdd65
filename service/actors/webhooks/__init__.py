"""Webhook deliveries: which are due, and the HTTP request that carries one."""
