"""Client queues: the unfinished requests of each client, counted while they have a limit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from service import clock
from service.request_ids import id_of_time
from service.store.sql.requests.request_records import Request

YOUNG_SECONDS = 5.0  # after its acceptance a request is certainly committed, or refused


class ClientQueueFull(Exception):
    """This client has as many unfinished requests as `limit` allows it."""

    def __init__(self, limit: int, left: int, clients: int) -> None:
        super().__init__(
            f"This client has {limit - left} unfinished requests, and {limit} are allowed to each "
            "(max_queued in [limits]); try again later."
        )
        self.limit = limit
        self.left = left
        self.clients = clients
        """How many clients have unfinished requests, and share the pools."""


class ClientQueues:
    """The unfinished requests of this process by client; `load` reads them from the database.

    Without a limit nothing is counted, and nothing is kept in memory.
    """

    def __init__(self, load: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        self._load = load
        self._client_of: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._loading = asyncio.Lock()
        self._ended_while_loading: set[str] = set()
        self.counting = False

    def __getitem__(self, client: str) -> int:
        return self._counts[client]

    async def admit(self, new: Sequence[Request], most: int) -> None:
        """Count requests of one client, all or none of them; 0 is no limit.

        Raises ClientQueueFull, DatabaseUnavailable.
        """
        if not most:
            self._forget()
            return
        while not self.counting:
            await self.recount()
        client = new[0].queue_client
        count = self._counts[client]
        if client and count + len(new) > most:  # "" is the service itself
            raise ClientQueueFull(most, max(0, most - count), len(self._counts))
        self.add({request.id: client for request in new})

    def add(self, requests: Mapping[str, str]) -> None:
        """Count these requests, by id, for their clients."""
        if not self.counting:
            return
        for id_, client in requests.items():
            if id_ not in self._client_of:
                self._client_of[id_] = client
                self._counts[client] += 1

    def remove(self, ids: Iterable[str]) -> None:
        """Count requests no longer that have ended, or were not accepted after all."""
        if self._loading.locked():
            ids = list(ids)
            self._ended_while_loading.update(ids)
        if not self._client_of:
            return
        for id_ in ids:
            client = self._client_of.pop(id_, None)
            if client is not None:
                self._counts[client] -= 1
                if not self._counts[client]:
                    del self._counts[client]

    async def recount(self) -> None:
        """Count those in the database, also of other processes. Raises DatabaseUnavailable."""
        async with self._loading:
            self._ended_while_loading.clear()
            loaded = dict(await self._load())
            # the newest may not be committed yet
            young = id_of_time(clock.now() - YOUNG_SECONDS)
            loaded |= {id_: client for id_, client in self._client_of.items() if id_ > young}
            for id_ in self._ended_while_loading:
                loaded.pop(id_, None)
            self._client_of = loaded
            self._counts = Counter(loaded.values())
            self.counting = True

    def _forget(self) -> None:
        if self.counting:
            self.counting = False
            self._client_of.clear()
            self._counts.clear()
