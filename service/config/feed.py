"""The settings of feeds."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class FeedConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[feed]`."""

    max_posts: Annotated[int, Meta(ge=1, le=5000)] = 1000
    max_answer: Annotated[int, Meta(ge=1, le=5000)] = 1000
    max_follows: Annotated[int, Meta(ge=1, le=100_000)] = 10_000
    max_mutes: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    max_scheduled: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    fanout_limit: Annotated[int, Meta(ge=0, le=10_000_000)] = 10_000
    inactive: Annotated[float, Meta(ge=1, le=31_536_000)] = 1_209_600.0
    public: bool = False


class EmbeddingsConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """`[feed.embeddings]`."""

    base_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/\s]+[^\s]*)?$",
            description='an address like "http://localhost:11434/v1", or ""',
        ),
    ] = ""
    """Everything before /embeddings; "" for none."""
    model: Annotated[str, Meta(min_length=1, max_length=200)] = "text-embedding-3-small"
    api_key_env: str = ""
    """Name of the environment variable with the key; empty if the server needs none."""
    timeout: Annotated[float, Meta(gt=0)] = 30.0
    """Seconds for one request."""
