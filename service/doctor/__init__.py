"""`doctor`: looks at everything that a service needs, without changing anything."""
