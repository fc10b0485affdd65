"""Throttle: how many jobs of a pool may begin now, by what the model bears and by the budget.

Where a generator has several servers, each has its own limit, and the pool the sum of them.
"""

from __future__ import annotations

from collections.abc import Callable

from service.actors.workers.attempt import AttemptOutcome, WorkerContext
from service.actors.workers.limits.budget import Budget
from service.actors.workers.limits.server_limits import ServerLimits
from service.actors.workers.worker import WorkerSet
from service.generators.protocol import Balanced, Metered
from service.generators.servers.concurrency import ConcurrencyLimit
from service.messages import Failed, Generated


class Throttle:
    """The limits of a pool together; `on_change` is called when more may begin than before."""

    def __init__(self, context: WorkerContext, on_change: Callable[[], None]) -> None:
        generator = context.generator
        self.limit: ConcurrencyLimit | ServerLimits = (
            ServerLimits(generator.back_ends(), on_change)
            if isinstance(generator, Balanced)
            else ConcurrencyLimit({"pool": context.pool}, 1, on_change)
        )
        self.budget: Budget | None = None  # unless there is one
        self._context = context
        self._metered = generator if isinstance(generator, Metered) else None
        self.observes_servers = self._metered is not None or isinstance(self.limit, ServerLimits)
        """Whether outcomes say what servers bear, also if the limit learns nothing."""

    def room(self, count: int, busy: int) -> int:
        """How many of so many jobs might begin, while `busy` workers are at work."""
        if self.limit.restricts:
            count = min(count, self.limit.room(busy))
        return 0 if self.budget is not None and self.budget.used_up() else count

    def granted(self, count: int, busy: int) -> int:
        """How many of so many jobs may begin: the budget has granted them."""
        if self.limit.restricts:
            count = min(count, self.limit.room(busy))
        if count and self.budget is not None:
            count = min(count, self.budget.room())
        return count

    def begun(self, jobs: int) -> None:
        """Record that jobs have begun."""
        if self.limit.restricts:
            self.limit.begun(jobs)
        if self.budget is not None:
            self.budget.begun(jobs)

    def ended(self, outcome: AttemptOutcome, workers: WorkerSet) -> None:
        """Record the outcome of a job that the generator accepted."""
        if isinstance(self.limit, ServerLimits):
            self._count(self.limit.new_refusals())
        elif self.limit.learns and isinstance(outcome, Generated):
            self.limit.succeeded(outcome.origin.seconds, workers.busy)
        if self._metered is not None:
            self._heed_quota()
        if self.budget is not None:
            self.budget.finished(outcome)

    def refused(self, refusal: Failed, began: float, others: int) -> None:
        """Narrow the limit, or pause: the generator works, but accepts fewer jobs for now.

        `began` is time.monotonic() of the start, `others` how many more jobs are at work.
        """
        if isinstance(self.limit, ServerLimits):  # each server has heeded its refusals
            self._count(self.limit.new_refusals())
            return
        self._count(1)
        self.limit.refused(began, others, refusal.retry_after)
        self._heed_quota()

    def _count(self, refusals: int) -> None:
        self._context.metrics.refusals[self._context.pool] += refusals

    def _heed_quota(self) -> None:
        quota = None if self._metered is None else self._metered.quota()
        if quota is not None and isinstance(self.limit, ConcurrencyLimit):
            self.limit.hold(quota.seconds, quota.left)
