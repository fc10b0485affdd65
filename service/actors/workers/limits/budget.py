"""Budget: requests and tokens a minute and money a day of a pool; beyond it the pool waits.

All processes share it: before jobs begin, one script in Redis grants so many of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Protocol

import structlog

from service import clock
from service.actors.workers.attempt import AttemptOutcome
from service.config import BudgetLimits
from service.queueing.waits import Waits
from service.store.errors import DatabaseUnavailable, RedisUnavailable
from service.store.redis.budgets import BudgetGrant, Most, Period, SharedBudget, Used
from service.store.sql.keys.usage import DAY_SECONDS, today
from service.store.sql.queues.pool_costs import PoolCosts

log = structlog.get_logger()

MINUTE_SECONDS = 60.0
GRANT_SECONDS = 1.0  # for which a grant is good: so much longer is the minute that Redis counts
SAVE_SECONDS = 0.4  # between two times that costs are stored, and reported
RETRY_SECONDS = 0.5  # between two looks whether other processes need less than was estimated
LATEST_WEIGHT = 0.1  # of the latest job in the usual tokens and cost of one


class BudgetUser(Protocol):
    """The workers that a budget is for."""

    @property
    def busy(self) -> int:
        """How many jobs run."""

    @property
    def startable(self) -> int:
        """How many jobs would begin now."""

    def begin_more(self) -> None:
        """Begin jobs that may begin now."""


class Budget:
    """Counts what the jobs of a pool use, and lets its workers begin what is granted.

    What a running job will use is taken from the usual one, so that the limits hold as well as
    possible.
    """

    def __init__(
        self, pool: str, costs: PoolCosts, shared: SharedBudget, workers: BudgetUser
    ) -> None:
        self._pool = pool
        self._costs = costs
        self._shared = shared
        self._workers = workers
        self._limits = BudgetLimits(0, 0, 0.0, {})
        self._granted = 0  # jobs that may begin
        self._granted_at = 0.0  # time.monotonic()
        self._asked = asyncio.Event()
        self._waits: Waits | None = None  # as of the latest report
        self._waits_until = 0.0  # time.monotonic()
        self._waits_day = 0
        self._taking = asyncio.Lock()  # nothing is reported twice
        self._tokens, self._cost = 0, 0.0  # that are not reported yet
        self._reported_busy = False
        self._usual_tokens = self._usual_cost = 0.0
        self._day = -1
        self._spent = 0.0  # on that day, as far as the database knows
        self._unsaved: dict[int, float] = {}  # by day
        self._timer: asyncio.TimerHandle | None = None

    def set_limits(self, limits: BudgetLimits) -> None:
        """Change the limits; 0 is none."""
        if limits != self._limits:
            self._limits = limits
            self._granted, self._waits = 0, None

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        limits = self._limits
        return bool(limits.requests_per_minute or limits.tokens_per_minute or limits.cost_per_day)

    def begun(self, jobs: int) -> None:
        """Record that jobs have begun."""
        self._granted = max(0, self._granted - jobs)

    def finished(self, outcome: AttemptOutcome) -> None:
        """Record what a job has used up."""
        origin = outcome.origin
        tokens = (origin.prompt_tokens or 0) + (origin.completion_tokens or 0)
        if self._limits.tokens_per_minute and tokens:
            self._tokens += tokens
            self._usual_tokens = _usual(self._usual_tokens, tokens)
        if origin.cost is not None:
            day = today()
            self._cost += origin.cost
            self._unsaved[day] = self._unsaved.get(day, 0.0) + origin.cost
            self._usual_cost = _usual(self._usual_cost, origin.cost)

    def room(self) -> int:
        """How many jobs may begin now. If none may, more are asked for."""
        valid = self._granted and time.monotonic() - self._granted_at <= GRANT_SECONDS
        if not valid and not self.used_up():
            self._asked.set()
        return self._granted if valid else 0

    def used_up(self) -> bool:
        """Whether nothing can begin for now; the workers begin more when it is over."""
        waits = self.waits()
        if waits is not None:
            self._look_again_in(min(waits.seconds, MINUTE_SECONDS))
        return waits is not None

    def waits(self) -> Waits | None:
        """Which limit is used up, and for how long."""
        if self._waits is None:
            return None
        left = self._waits_until - time.monotonic()
        if left <= 0 or self._waits_day != today():
            self._waits = None
            return None
        return self._waits._replace(seconds=left)

    async def run(self) -> None:
        """Ask for jobs and store what they cost, until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_asking())
            tasks.create_task(self._keep_saving())

    async def _keep_asking(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            if want := self._workers.startable:
                await self._take(want)
                if self._granted and not self._workers.startable:  # others may have the rest
                    await self._take(0)

    async def _keep_saving(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self.save()

    async def save(self) -> None:
        """Store and report what was used since the last call, and read what others have spent."""
        if self._limits.prices:
            for day, cost in list(self._unsaved.items()):
                try:
                    await self._costs.add(self._pool, day, cost)
                except DatabaseUnavailable:
                    return
                left = self._unsaved.pop(day) - cost  # what has come during the commit
                if left > 0:
                    self._unsaved[day] = left
            await self.read_cost()
        await self._report()

    async def begin(self) -> None:
        """Read what was used before."""
        await self.read_cost()
        if self.is_set:
            await self._take(0)

    async def read_cost(self) -> None:
        """Read what was spent today, also by other processes."""
        if self._limits.prices:
            with contextlib.suppress(DatabaseUnavailable):  # the next reading will do
                day = today()
                self._day, self._spent = day, await self._costs.cost(self._pool, day)

    async def _report(self) -> None:
        """Tell the other processes what changed for them; while the pool waits, see if it must."""
        changed = False
        if self._limits.tokens_per_minute or self._limits.cost_per_day:
            busy = bool(self._workers.busy)
            changed = bool(self._tokens or self._cost or busy or self._reported_busy)
            self._reported_busy = busy
        if changed or self.waits() is not None:  # Redis may have been emptied
            await self._take(0)

    async def _take(self, want: int) -> None:
        async with self._taking:
            await self._take_now(want)

    async def _take_now(self, want: int) -> None:
        limits, day = self._limits, today()
        tokens, cost = self._tokens, self._cost
        spent = self._spent if self._day == day else 0.0
        used = Used(
            tokens,
            cost,
            spent + self._unsaved.get(day, 0.0),
            self._workers.busy,
            self._usual_tokens,
            self._usual_cost,
        )
        most = Most(limits.requests_per_minute, limits.tokens_per_minute, limits.cost_per_day)
        left = DAY_SECONDS - clock.wall() % DAY_SECONDS
        period = Period(day, left, MINUTE_SECONDS + GRANT_SECONDS)
        unused = self._granted if want or not self._workers.startable else 0
        self._granted -= unused
        try:
            grant = await self._shared.take(want, most, used, period, unused)
        except RedisUnavailable:  # without Redis nothing can be handed in, either
            self._look_again_in(RETRY_SECONDS)
            return
        self._tokens -= tokens
        self._cost -= cost
        self._heed(grant, want)

    def _heed(self, grant: BudgetGrant, want: int) -> None:
        waited = self._waits is not None
        self._waits = _waits(self._limits, grant)
        self._waits_until, self._waits_day = time.monotonic() + grant.seconds, today()
        if grant.jobs:
            self._granted, self._granted_at = grant.jobs, time.monotonic()
        if grant.jobs or (waited and self._waits is None):
            self._workers.begin_more()
        if grant.jobs < want:
            self._look_again_in(min(grant.seconds or RETRY_SECONDS, MINUTE_SECONDS))

    def _look_again_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() <= loop.time() + seconds:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._look_again)

    def _look_again(self) -> None:
        self._timer = None
        self._workers.begin_more()


def _waits(limits: BudgetLimits, grant: BudgetGrant) -> Waits | None:
    match grant.why:
        case "requests":
            number = limits.requests_per_minute
            reason = f"The budget of {number} requests a minute is used up."
        case "tokens":
            reason = f"The budget of {limits.tokens_per_minute} tokens a minute is used up."
        case "cost":
            reason = f"The budget of {limits.cost_per_day:g} a day is used up."
        case "emptied":
            reason = "Redis was emptied: what is left of the budget of this minute is unknown."
        case _:
            return None
    return Waits(reason, grant.seconds)


def _usual(before: float, value: float) -> float:
    return value if not before else before + LATEST_WEIGHT * (value - before)
