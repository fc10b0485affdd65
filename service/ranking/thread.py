"""The thread of the ranking: it learns and ranks, one call after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from service.ranking.reasons import Reason
from service.ranking.sources import SourceQuery, source_query
from service.ranking.types import LikeChange, ListInput, Ranked, Taste
from service.ranking.weights import Weights

if TYPE_CHECKING:
    from service.ranking.learnt import Learnt

T = TypeVar("T")


class RankingThread:
    """Keeps what was learnt. Only its thread touches it, so no list meets a half-made change.

    The first call imports numpy, in the thread: a service without likes saves 11 MiB and 0.1 s.
    """

    def __init__(self, weights: Weights, learnt: Learnt | None = None) -> None:
        """`learnt` is what it begins with; nothing by default."""
        self._weights = weights
        self._learnt = learnt
        self._executor = ThreadPoolExecutor(1, "ranking")  # starts it with the first call

    async def learn(self, changes: Sequence[LikeChange]) -> None:
        """Count likes, and take likes back, in this order."""
        await self.run(lambda learnt: learnt.apply(changes))

    async def source_query(self, taste: Taste, weights: Weights) -> SourceQuery:
        """Which posts to look at for a taste."""
        return await self.run(lambda learnt: source_query(taste, learnt, weights))

    async def make_list(self, given: ListInput) -> list[tuple[Ranked, Reason]]:
        """The posts of a list, and why each is there."""

        def make(learnt: Learnt) -> list[tuple[Ranked, Reason]]:
            from service.ranking.pipeline import make_list  # noqa: PLC0415 - with numpy

            return make_list(learnt, given)

        return await self.run(make)

    async def run(self, call: Callable[[Learnt], T]) -> T:
        """What a call returns; the call alone uses what was learnt until it ends."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._run, call)

    def close(self) -> None:
        """Wait for the call under way, and end the thread."""
        self._executor.shutdown(cancel_futures=True)

    def _run(self, call: Callable[[Learnt], T]) -> T:
        if self._learnt is None:
            from service.ranking.learnt import Learnt  # noqa: PLC0415 - with numpy

            self._learnt = Learnt(self._weights)
        return call(self._learnt)
