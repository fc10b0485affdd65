"""The service as a whole: process, configuration, documents."""
