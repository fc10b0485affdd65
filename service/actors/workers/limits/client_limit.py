"""Client limit: how many generations of one client a pool runs at once. Jobs beyond it are held."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator

from service.messages import Wanted
from service.store.redis.streams import Delivery

MOST_HELD = 200  # deliveries, beyond which no more are read unless other clients wait


class ClientLimit:
    """At most `most()` generations of each client; 0 is any number. "" is the service itself."""

    def __init__(self, most: Callable[[], int], running: Callable[[], Iterable[str]]) -> None:
        self._most = most
        self._running = running  # the client of each job that is at work, and of direct calls
        self.held: dict[str, deque[Delivery[Wanted]]] = {}
        """What waits until another job of its client has finished."""

    def __iter__(self) -> Iterator[Delivery[Wanted]]:
        for deliveries in self.held.values():
            yield from deliveries

    def __len__(self) -> int:
        return sum(map(len, self.held.values()))

    @property
    def is_set(self) -> bool:
        """Whether there is a limit."""
        return self._most() > 0

    def hold_back(self, delivery: Delivery[Wanted]) -> bool:
        """Whether a job has to wait until another one of its client has finished."""
        client, most = delivery.message.client, self._most()
        if not most or not client or self._at_work()[client] < most:
            return False
        self.held.setdefault(client, deque()).append(delivery)
        return True

    def release(self) -> list[Delivery[Wanted]]:
        """Remove and return the jobs that may begin now."""
        if not self.held:
            return []
        released, at_work, most = [], self._at_work(), self._most()
        for client, deliveries in list(self.held.items()):
            while deliveries and (not most or at_work[client] < most):
                released.append(deliveries.popleft())
                at_work[client] += 1
            if not deliveries:
                del self.held[client]
        return released

    def remove(self, which: Callable[[Wanted], bool]) -> list[Delivery[Wanted]]:
        """Remove and return some of what is held."""
        removed = [delivery for delivery in self if which(delivery.message)]
        for delivery in removed:
            line = self.held[delivery.message.client]
            line.remove(delivery)
            if not line:
                del self.held[delivery.message.client]
        return removed

    def full(self) -> list[str]:
        """The clients of which no more jobs may begin now."""
        most = self._most()
        if not most:
            return []
        at_limit = {client for client, count in self._at_work().items() if count >= most and client}
        return sorted(at_limit | self.held.keys())

    def running_of(self, client: str) -> int:
        """How many jobs and direct calls of a client are at work."""
        return self._at_work()[client]

    def clear(self) -> None:
        """Forget all that is held: it stays pending and is delivered again."""
        self.held.clear()

    def _at_work(self) -> Counter[str]:
        return Counter(self._running())
