"""The API of fal at `/fal`: a queue, synchronous runs, and the proxy of its JavaScript client."""
