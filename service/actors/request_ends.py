"""Request ends: the effects of a cancel or an expiry, outside SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from service.actors.relay import Relay
from service.actors.workers.pool import Pool
from service.queueing.admission import Admission
from service.store.sql.requests.request_cancellation import EndedRequests
from service.subscriptions.requests import Subscriptions
from service.telemetry.metrics import Metrics


class RequestEnds:
    """Carries out these effects, all in one place."""

    def __init__(
        self,
        admission: Admission,
        relay: Relay,
        subscriptions: Subscriptions,
        metrics: Metrics,
        pools: Mapping[str, Pool],
    ) -> None:
        self._admission = admission
        self._relay = relay
        self._subscriptions = subscriptions
        self._metrics = metrics
        self._pools = pools
        self.announce: Callable[[Iterable[str]], None] | None = None
        """Tells other nodes which requests have ended here, if there are any."""

    def follow(self, ended: EndedRequests) -> None:
        """Free queue slots, send notices, notify subscribers, count, and interrupt workers."""
        self._admission.release(ended.parts)
        self._admission.clients.remove(ended.ids)
        self._relay.notice(ended.notices)
        self._subscriptions.changed(ended.ids)
        for end in ended.ends:
            self._metrics.count_finished(*end)
        self.interrupt(ended.ids)
        if self.announce is not None:
            self.announce(ended.ids)

    def interrupt(self, ids: Iterable[str]) -> None:
        """Stop generating for these requests, here."""
        for pool in self._pools.values():
            for id_ in ids:
                pool.interrupt(id_)
