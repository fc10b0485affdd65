"""Fair reads: fetch the next messages of a pool, and report what finished ones have cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from service.actors.workers.attempt import JobOutcome
from service.messages import Moved, Wanted
from service.store.redis.connection import Command
from service.store.redis.fair import fair_queue
from service.store.redis.fair.fair_queue import Cost, TakeRules
from service.store.redis.streams import Delivery, EntryKey, Read

UNKNOWN_SECONDS = 1.0  # charged until a generation has finished
MAX_CHARGES = 10_000  # kept; without one a client stays charged what its jobs usually take
LATEST_WEIGHT = 0.05  # of the latest generation in the usual seconds of one


class FairReads:
    """Reads of the streams of one kind; the costs of jobs go with the next read."""

    def __init__(
        self,
        streams: Sequence[str],
        lower_share: Callable[[], float],
        held: Callable[[], Sequence[str]],
    ) -> None:
        """`lower_share` is the share of messages from lower priorities while these wait.

        `held` are the clients that are passed over.
        """
        self._held = held
        self.passed_over = False  # whether the last read has passed over any
        self.again = False  # whether to read at once again
        self._streams = streams
        self._lower_share = lower_share
        self._usual_seconds = 0.0  # that a generation takes, over the latest ones; 0: unknown
        self._charges: dict[EntryKey, float] = {}  # of jobs in hand
        self._costs: list[Cost] = []  # of jobs that have finished since the last read

    def finished(self, finished: Sequence[tuple[Delivery[Wanted], JobOutcome]]) -> None:
        """Note what these jobs have cost their clients; None as outcome: nothing was generated."""
        last = finished[-1][1]
        if last is not None and not isinstance(last, Moved):
            usual = self._usual_seconds or last.origin.seconds
            self._usual_seconds = usual + LATEST_WEIGHT * (last.origin.seconds - usual)
        if self._charges:
            for delivery, outcome in finished:
                charged = self._charges.pop((delivery.stream, delivery.entry), None)
                if charged is not None:
                    seconds = None
                    if outcome is not None and not isinstance(outcome, Moved):
                        seconds = outcome.origin.seconds
                    client = delivery.message.client
                    self._costs.append(Cost(delivery.stream, client, seconds, charged))

    def command(self, consumers: Sequence[str], each: int) -> Command:
        """Up to `each` messages for every consumer."""
        held = self._held()
        self.passed_over = bool(held)
        rules = TakeRules(self._lower_share(), self._usual_seconds or UNKNOWN_SECONDS, held)
        return fair_queue.take(self._streams, consumers, each, rules, self._costs)

    def items(self, reply: Any) -> list[Read]:
        """The messages in the reply to `command`."""
        taken = fair_queue.taken(self._streams, reply)
        self._costs, self.again = [], taken.again
        if len(self._charges) > MAX_CHARGES:  # of jobs that another process took over
            self._charges.clear()
        self._charges |= taken.charges
        return taken.items


def is_job(item: Read) -> TypeGuard[Delivery[Wanted]]:
    """Whether this is a job for a pool."""
    return isinstance(item, Delivery) and isinstance(item.message, Wanted)
