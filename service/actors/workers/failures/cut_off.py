"""Cut-off attempts: those that were running when their process died. One may be the cause."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from service.messages import CUT_OFF, KINDS, Failed, Message, Origin
from service.store.in_hand import AttemptInHand, InHand, of_dead_nodes
from service.store.sql.requests.requests import Requests

Handle = Callable[[Sequence[Failed]], Awaitable[Sequence[Message]]]


class CutOffAttempts:
    """Counts cut-off attempts as failures, so that a job that kills the process is given up."""

    def __init__(
        self,
        folder: Path,
        requests: Requests,
        generators: Callable[[str], str],
        handle: Handle,
        notice: Callable[[Sequence[str]], None],
    ) -> None:
        """`generators` says which one a pool has.

        `handle` stores failures like those of workers; `notice` sends their notices.
        """
        self._folder = folder
        self._requests = requests
        self._generators = generators
        self._handle = handle
        self._notice = notice

    async def count(self, own: InHand) -> None:
        """Fail the attempts of this node's previous process, and those of dead nodes."""
        await self._fail(own)
        await self.count_of_dead()

    async def count_of_dead(self) -> None:
        """Fail the attempts of dead nodes."""
        for dead in of_dead_nodes(self._folder):
            await self._fail(dead)

    async def _fail(self, in_hand: InHand) -> None:
        attempts = list(in_hand.attempts())
        for kind in KINDS:
            cut_off = [attempt for attempt in attempts if attempt.kind == kind]
            # an attempt that was handed in, or whose request has ended, does not count
            unfinished = await self._requests.still_wanted(
                kind, [(a.id, a.attempt) for a in cut_off]
            )
            failures = [self._failure(a) for a in cut_off if (a.id, a.attempt) in unfinished]
            if failures:
                notices = await self._handle(failures)
                self._notice([notice.id for notice in notices])
        if attempts:
            in_hand.clear()

    def _failure(self, attempt: AttemptInHand) -> Failed:
        generator = self._generators(attempt.pool or attempt.kind)
        origin = Origin(generator, attempt.worker, attempt.began, 0.0, pool=attempt.pool)
        failed = (attempt.id, attempt.kind, attempt.attempt, origin, CUT_OFF, True)
        return Failed(*failed, base=attempt.base)
