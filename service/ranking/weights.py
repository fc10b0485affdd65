"""What each part of the ranking weighs: the section `[feed.ranking]` of config.toml."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Weight = Annotated[float, Meta(ge=0, le=10)]
Count = Annotated[float, Meta(gt=0, le=100_000)]


class Weights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One number for each part; a part with weight 0 is left out."""

    neighbours: Weight = 2.5
    author: Weight = 1.0
    subject: Weight = 1.0
    recency: Weight = 5.0
    popularity: Weight = 1.0
    similarity: Weight = 2.0
    beyond_follows: Annotated[float, Meta(ge=0, le=1)] = 0.75
    likes_half_life: Count = 3.0
    shrink: Count = 10.0
    recency_half_life_hours: Count = 12.0
    popularity_half_life_hours: Count = 168.0
    popularity_views: Count = 3000.0
    cold_likes: Count = 100.0
    fresh_likes: Count = 1000.0
    relevance: Annotated[float, Meta(ge=0, le=1)] = 0.8
    by_one_author: Annotated[int, Meta(ge=1, le=100)] = 2
    by_one_subject: Annotated[int, Meta(ge=1, le=100)] = 4
    explored_places: Annotated[int, Meta(ge=0, le=1)] = 1
    few_views: Annotated[int, Meta(ge=1, le=100_000)] = 100
