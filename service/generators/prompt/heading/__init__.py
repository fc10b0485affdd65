"""The heading of a prompt: what text it orders, to whom and from whom, before what it says."""
