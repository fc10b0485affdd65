"""Thompson sampling: tries posts that few have seen, as often as they may turn out to be good."""

from __future__ import annotations

import numpy as np

from service.ranking.types import Floats

PRIOR_LIKES, PRIOR_PASSES = 0.75, 49.25
"""A post that was never shown is liked by 1.5 % of those who see it."""
DRAWS = 32
"""How often all posts are drawn, to know the probability of the one that wins the first draw."""
MOST_TRIED = 100
"""Posts in a draw: those with fewest views."""


def draw(likes: Floats, views: Floats, seed: int) -> tuple[int, float]:
    """The place of one post, and the probability that it is drawn. There must be a post."""
    tried = np.argsort(views, kind="stable")[:MOST_TRIED]
    passes = np.maximum(views[tried] - likes[tried], 0)
    drawn = np.random.default_rng(seed).beta(
        PRIOR_LIKES + likes[tried], PRIOR_PASSES + passes, size=(DRAWS, len(tried))
    )
    winners = drawn.argmax(axis=1)
    return int(tried[winners[0]]), float(np.mean(winners == winners[0]))
