"""The handlers of posts and home feeds, one file for each resource."""
