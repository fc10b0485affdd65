"""Budget: requests and tokens a minute and money a day of a pool; beyond it the pool waits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable

import structlog

from service import clock
from service.actors.workers.attempt import AttemptOutcome
from service.config import BudgetLimits
from service.queueing.waits import Waits
from service.store.errors import DatabaseUnavailable
from service.store.sql.keys.usage import DAY_SECONDS, today
from service.store.sql.queues.pool_costs import PoolCosts

log = structlog.get_logger()

MINUTE_SECONDS = 60.0
SAVE_SECONDS = 0.4  # between two times that costs are stored
MOST_JOBS = 1024  # a pool has no more workers
LATEST_WEIGHT = 0.1  # of the latest job in the usual tokens and cost of one


class Budget:
    """Counts what the jobs of a pool use; `on_change` is called when more may begin.

    What a running job will use is taken from the usual one, so that the limits hold as well as
    possible.
    """

    def __init__(self, pool: str, costs: PoolCosts, on_change: Callable[[], None]) -> None:
        self._pool = pool
        self._costs = costs
        self._on_change = on_change
        self._limits = BudgetLimits(0, 0, 0.0, {})
        self._begun: deque[float] = deque()  # time.monotonic() of each start in the last minute
        self._tokens: deque[tuple[float, int]] = deque()  # of each end in the last minute
        self._usual_tokens = self._usual_cost = 0.0
        self._day = -1
        self._spent = 0.0  # on that day, as far as the database knows
        self._unsaved: dict[int, float] = {}  # by day
        self._timer: asyncio.TimerHandle | None = None

    def set_limits(self, limits: BudgetLimits) -> None:
        """Change the limits; 0 is none."""
        self._limits = limits

    @property
    def is_set(self) -> bool:
        """Whether there is any limit."""
        limits = self._limits
        return bool(limits.requests_per_minute or limits.tokens_per_minute or limits.cost_per_day)

    def begun(self, jobs: int) -> None:
        """Record that jobs have begun."""
        if self._limits.requests_per_minute:
            self._begun.extend([time.monotonic()] * jobs)

    def finished(self, outcome: AttemptOutcome) -> None:
        """Record what a job has used up."""
        origin = outcome.origin
        prompt, completion = origin.prompt_tokens or 0, origin.completion_tokens or 0
        if self._limits.tokens_per_minute and prompt + completion:
            self._tokens.append((time.monotonic(), prompt + completion))
            self._usual_tokens = _usual(self._usual_tokens, prompt + completion)
        if origin.cost is not None:
            cost = origin.cost
            day = today()
            self._unsaved[day] = self._unsaved.get(day, 0.0) + cost
            self._usual_cost = _usual(self._usual_cost, cost)

    def room(self, running: int) -> int:
        """How many jobs may begin now; if none may, `on_change` is called when one may again."""
        self._forget()
        limits = self._limits
        room = MOST_JOBS
        if limits.requests_per_minute:
            room = limits.requests_per_minute - len(self._begun)
        if limits.tokens_per_minute:
            left = limits.tokens_per_minute - sum(tokens for _, tokens in self._tokens)
            room = min(room, _number(left, self._usual_tokens, running, first=not self._tokens))
        if limits.cost_per_day:
            spent = self._spent_today
            money = limits.cost_per_day - spent
            room = min(room, _number(money, self._usual_cost, running, first=not spent))
        if room <= 0 and self._timer is None and (waits := self.waits()):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(waits.seconds, MINUTE_SECONDS), self._look_again)
        return max(0, room)

    def waits(self) -> Waits | None:
        """Which limit is used up, and for how long."""
        self._forget()
        limits, now = self._limits, time.monotonic()
        found = []
        if limits.requests_per_minute and len(self._begun) >= limits.requests_per_minute:
            number = limits.requests_per_minute
            free = self._begun[len(self._begun) - number] + MINUTE_SECONDS - now
            found.append(Waits(f"The budget of {number} requests a minute is used up.", free))
        if limits.tokens_per_minute and self._tokens:
            over = sum(tokens for _, tokens in self._tokens) + self._usual_tokens
            if over > limits.tokens_per_minute:
                reason = f"The budget of {limits.tokens_per_minute} tokens a minute is used up."
                found.append(Waits(reason, self._tokens_free_in(over - limits.tokens_per_minute)))
        spent = self._spent_today
        if limits.cost_per_day and spent and spent + self._usual_cost > limits.cost_per_day:
            reason = f"The budget of {limits.cost_per_day:g} a day is used up."
            found.append(Waits(reason, DAY_SECONDS - clock.wall() % DAY_SECONDS))
        return max(found, key=lambda waits: waits.seconds, default=None)

    async def keep_saving(self) -> None:
        """Call `save` from time to time, until it is cancelled."""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            await self.save()

    async def save(self) -> None:
        """Store what was spent since the last call, and read what other processes have spent."""
        if not self._limits.prices:
            return
        for day, cost in list(self._unsaved.items()):
            try:
                await self._costs.add(self._pool, day, cost)
            except DatabaseUnavailable:
                return
            left = self._unsaved.pop(day) - cost  # what has come during the commit
            if left > 0:
                self._unsaved[day] = left
        await self.read_cost()

    @property
    def _spent_today(self) -> float:
        return self._spent + self._unsaved.get(self._day, 0.0)

    async def read_cost(self) -> None:
        """Read what was spent today, also by other processes."""
        if self._limits.prices:
            with contextlib.suppress(DatabaseUnavailable):  # the next reading will do
                day = today()
                self._day, self._spent = day, await self._costs.cost(self._pool, day)

    def _look_again(self) -> None:
        self._timer = None
        self._on_change()

    def _forget(self) -> None:
        """Drop what is older than a minute, or of another day."""
        old = time.monotonic() - MINUTE_SECONDS
        while self._begun and self._begun[0] <= old:
            self._begun.popleft()
        while self._tokens and self._tokens[0][0] <= old:
            self._tokens.popleft()
        if self._day != today():
            self._day, self._spent = today(), 0.0

    def _tokens_free_in(self, tokens: float) -> float:
        """Seconds until so many of the tokens are older than a minute."""
        until = time.monotonic()
        for at, count in self._tokens:
            until = at + MINUTE_SECONDS
            tokens -= count
            if tokens <= 0:
                break
        return until - time.monotonic()


def _number(left: float, usual: float, running: int, *, first: bool) -> int:
    """How many jobs may begin if each needs what is usual; a first one may in any case."""
    if left <= 0:
        return 0
    number = int(left / usual - running + 1e-9) if usual else MOST_JOBS
    return max(1, number) if first and not running else number


def _usual(before: float, value: float) -> float:
    return value if not before else before + LATEST_WEIGHT * (value - before)
