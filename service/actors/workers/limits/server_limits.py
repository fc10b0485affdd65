"""Server limits: those of all servers of a generator together, as the limit of their pool."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from service.generators.protocol import BackEnd


class ServerLimits:
    """The sum of the limits of several servers; each is found by what that server bears.

    The servers record refusals and successes themselves, as only they know who has had a job.
    """

    restricts = True
    """Whether fewer jobs may begin than there are free workers."""
    learns = False
    """Whether successes may change it: the servers learn from them."""

    def __init__(self, servers: Sequence[BackEnd], on_change: Callable[[], None]) -> None:
        self._servers = servers
        self._counted = 0  # refusals that `new_refusals` has returned
        for server in servers:
            server.limit.on_change = on_change

    def set_bounds(self, least: int, most: int, *, automatic: bool) -> None:
        """Change the bounds of all together: each server may have the most."""
        each = max(1, math.ceil(least / max(1, len(self._servers))))
        for server in self._servers:
            server.limit.set_bounds(min(each, most), most, automatic=automatic)

    @property
    def value(self) -> int:
        """How many jobs the servers that are up get at once."""
        up = [server.limit.value for server in self._servers if server.is_up]
        return sum(up or [server.limit.value for server in self._servers])

    def room(self, running: int) -> int:
        """How many more jobs may begin now."""
        up = [server for server in self._servers if server.is_up]
        if not up:  # a job is tried, to find out
            return max(0, self.value - running)
        begun = sum(server.running_jobs for server in self._servers)
        room = sum(server.limit.room(server.running_jobs) for server in up)
        return max(0, room - max(0, running - begun))  # some are on their way to a server

    def begun(self, jobs: int) -> None:
        """Do nothing: a server records a job when it gets it."""

    def pause(self) -> float:
        """Seconds until a server takes jobs again; 0 while one does."""
        return min((server.limit.pause() for server in self._servers if server.is_up), default=0.0)

    def new_refusals(self) -> int:
        """How many jobs were refused since the last call."""
        refusals = sum(server.limit.refusals for server in self._servers)
        new, self._counted = refusals - self._counted, refusals
        return new
