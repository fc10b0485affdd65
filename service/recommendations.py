"""Recommended feeds: puts the stores and the ranking together. Makes lists, and explains them."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from service import clock
from service.config import Config
from service.ranking import filters
from service.ranking.filters import Facts, Shown
from service.ranking.reasons import Reason
from service.ranking.taste import taste_of
from service.ranking.thread import RankingThread
from service.ranking.types import Act, ListInput, Of, Ranked, Taste, TextVectors
from service.store.errors import RedisUnavailable
from service.store.redis.feeds.ranked_lists import RankedPost
from service.store.sql.feeds.candidates import merged
from service.store.sql.feeds.posts import Post
from service.store.sql.feeds.served_posts import ServedPost
from service.store.stores import Stores
from service.telemetry.metrics import Metrics, place_label

_SUBJECTS = msgspec.json.Decoder(list[str])
_OF: Mapping[str, Of] = {"author": "author", "subject": "subject"}
LIST_POSTS = 100
"""Posts of a list. A reader who comes to its end asks for a new one."""


@dataclass(frozen=True, slots=True)
class RankedList:
    """A list of a user; `is_kept` if it can be read on."""

    id: str
    posts: Sequence[RankedPost]
    is_kept: bool


@dataclass(frozen=True, slots=True)
class ShownPost:
    """A post of a page, and why it is there."""

    post: Post
    reason: Reason


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of one post for one reader."""

    facts: Facts
    verdicts: Mapping[str, bool]
    ranked: Ranked
    sources: Sequence[str]
    reason: Reason


class Stopwatch:
    """Measures one stage after another."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._began = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The end of a stage, and the begin of the next."""
        now = time.perf_counter()
        self._metrics.ranking[stage].observe(now - self._began)
        self._began = now


class Recommendations:
    """Makes lists of what was learnt. Each method may raise DatabaseUnavailable, ReadRejected."""

    def __init__(
        self,
        stores: Stores,
        ranking: RankingThread,
        live: Callable[[], Config],
        metrics: Metrics,
    ) -> None:
        """`live` returns the configuration in force."""
        self._metrics = metrics
        self._stores = stores
        self._ranking = ranking
        self._live = live

    async def make(self, user: str, asked: Shown, client: str) -> RankedList:
        """A new list, without what the user has seen, has hidden or was served lately.

        `asked` is what the request itself leaves out.
        """
        watch = Stopwatch(self._metrics)
        weights = self._live().ranking
        taste, found, served = await self._found(user, client, watch)
        texts = await self._texts(taste, found, client)
        # better once more than nothing at all
        unserved = dataclasses.replace(asked, served=served)
        passed = filters.passing(found, unserved) or filters.passing(found, asked)
        watch.lap("candidates")
        self._metrics.candidates.update(facts.candidate.source for facts in passed)
        list_id = secrets.token_hex(16)
        by_post = {facts.candidate.post: facts.candidate for facts in passed}
        given = ListInput(
            list(by_post.values()),
            taste,
            weights,
            clock.wall(),
            size=LIST_POSTS,
            seed=int(list_id[:8], 16),
            texts=texts,
        )
        posts = [
            RankedPost(ranked.post, by_post[ranked.post].source, ranked.probability, reason)
            for ranked, reason in await self._ranking.make_list(given)
        ]
        watch.lap("order")
        try:
            await self._stores.ranked_lists.save(user, list_id, posts)
        except RedisUnavailable:
            return RankedList(list_id, posts, is_kept=False)
        return RankedList(list_id, posts, is_kept=True)

    async def load(self, user: str, list_id: str) -> RankedList | None:
        """A list that was made; None if it is gone."""
        try:
            posts = await self._stores.ranked_lists.load(user, list_id)
        except (RedisUnavailable, msgspec.DecodeError):
            return None
        return None if posts is None else RankedList(list_id, posts, is_kept=True)

    async def page(
        self, user: str, ranked: RankedList, place: int, limit: int, client: str
    ) -> tuple[list[ShownPost], list[ServedPost], int | None]:
        """Posts of a list from a place on, and the place of the next page; None at the end.

        Leaves out what the user may not see any more. `log` takes the second list when it is read.
        """
        shown: list[ShownPost] = []
        served: list[ServedPost] = []
        following: int | None = None
        while place < len(ranked.posts) and following is None:
            some = ranked.posts[place : place + limit + 1]
            visible = await self._stores.candidates.visible(
                user, [entry.post for entry in some], client
            )
            for number, entry in enumerate(some, place):
                if (post := visible.get(entry.post)) is None:
                    continue
                if len(shown) == limit:
                    following = number
                    break
                shown.append(ShownPost(post, entry.reason))
                served.append(
                    ServedPost(ranked.id, number, entry.post, entry.source, entry.probability)
                )
            place += len(some)
        return shown, served, following

    def log(self, user: str, served: Sequence[ServedPost]) -> None:
        """Log posts as served: they are not in the next lists."""
        self._stores.served_posts.log(user, served)
        for one in served:
            self._metrics.served[one.source, place_label(one.place)] += 1
            self._metrics.explored += one.probability < 1

    async def count_like(self, user: str, list_id: str, post: int) -> None:
        """Count a like of a post that was served to the user who likes it."""
        found = await self._stores.served_posts.find(user, list_id, post)
        if found is not None:
            self._metrics.served_likes[found.source, place_label(found.place)] += 1

    async def taste(self, user: str, client: str) -> Taste:
        """What was learnt of a user."""
        return taste_of(
            [
                Act(
                    act.kind,
                    act.post_us,
                    act.author,
                    tuple(_SUBJECTS.decode(act.subjects)),
                    _OF.get(act.sort),
                )
                for act in await self._stores.interactions.acts_of(user, client)
            ]
        )

    async def _found(
        self, user: str, client: str, watch: Stopwatch | None = None
    ) -> tuple[Taste, list[Facts], set[int]]:
        """A taste, the candidates for it, and what was served to the user lately.

        What needs no taste is read while the taste is worked out.
        """
        weights = self._live().ranking
        candidates = self._stores.candidates

        async def by_taste() -> tuple[Taste, list[Facts]]:
            taste = await self.taste(user, client)
            if watch is not None:
                watch.lap("taste")
            query = await self._ranking.source_query(taste, weights)
            return taste, await candidates.by_taste(user, query, client)

        (taste, liked), others, served = await asyncio.gather(
            by_taste(),
            candidates.for_anyone(user, weights.few_views, client),
            self._stores.served_posts.lately(user, client),
        )
        found = await candidates.with_beginnings(merged(liked, others), client)
        return taste, found, served

    async def _texts(
        self, taste: Taste, found: Sequence[Facts], client: str, *others: int
    ) -> TextVectors | None:
        """The vectors of candidates, liked posts and `others`; None if texts are not compared."""
        live = self._live()
        if not live.embeddings.base_url or not live.ranking.similarity:
            return None
        posts = [facts.candidate.post for facts in found]
        asked = sorted({*posts, *taste.likes, *others})
        by_post = await self._stores.post_vectors.of_posts(asked, live.embeddings.model, client)
        return TextVectors(by_post, posts)

    async def explain(self, user: str, post_id: str, client: str) -> Explanation | None:
        """Why a post is, or is not, in the lists of a user; None for an unknown post."""
        facts = await self._stores.candidates.one(user, post_id, client)
        if facts is None:
            return None
        weights = self._live().ranking
        taste, found, served = await self._found(user, client)
        candidate = facts.candidate
        texts = await self._texts(taste, found, client, candidate.post)
        given = ListInput([candidate], taste, weights, clock.wall(), size=1, seed=0, texts=texts)
        [(ranked, reason)] = await self._ranking.make_list(given)
        by_source = [f.candidate.source for f in found if f.candidate.post == candidate.post]
        return Explanation(
            facts,
            filters.verdicts(facts, Shown(served)),
            ranked,
            by_source,
            reason,
        )
