"""The deliveries of webhooks: lists, and redelivery."""
