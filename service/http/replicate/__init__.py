"""The API of Replicate at `/replicate`: predictions, their streams, and models."""
