"""Thompson sampling: tries posts that few have seen, as often as they may turn out to be good.

Posts of new authors come first, until each of these authors has found some readers.
"""

from __future__ import annotations

import numpy as np

from service.ranking.columns import Booleans, Columns

PRIOR_LIKES, PRIOR_PASSES = 0.75, 49.25
"""A post that was never shown is liked by 1.5 % of those who see it."""
DRAWS = 32
"""How often all posts are drawn, to know the probability of the one that wins the first draw."""
MOST_TRIED = 100
"""Posts in a draw: those of the authors with fewest views, and of these the least seen."""


class Draws:
    """The draws of one list: every place that explores uses them, over the posts that are left."""

    def __init__(self, posts: Columns, few_views: float, seed: int) -> None:
        likes, views = posts.likes, posts.views
        few = np.flatnonzero(views < few_views)
        # each post counts as well: an author who posts much is no new voice
        of_author = np.bincount(posts.authors, weights=views + 1)[posts.authors]
        order = np.lexsort((views[few], of_author[few], ~posts.is_new_voice[few]))
        self.tried = few[order[:MOST_TRIED]]
        """The posts that may be drawn."""
        self._is_new_voice = posts.is_new_voice[self.tried]
        passes = np.maximum(views[self.tried] - likes[self.tried], 0)
        self._drawn = np.random.default_rng(seed).beta(
            PRIOR_LIKES + likes[self.tried],
            PRIOR_PASSES + passes,
            size=(DRAWS, len(self.tried)),
        )
        self._count = 0

    def draw(self, may_win: Booleans) -> tuple[int, float] | None:
        """One of the tried posts, and the probability that it is drawn; None if none may win."""
        left = np.flatnonzero(may_win)
        if not len(left):
            return None
        if self._is_new_voice[left].any():
            left = left[self._is_new_voice[left]]
        winners = self._drawn[:, left].argmax(axis=1)
        won = winners[self._count % DRAWS]
        self._count += 1
        return int(self.tried[left[won]]), float(np.mean(winners == won))
