"""The handlers, one file for each resource."""
