"""The unfinished requests of each client, counted while they have a limit."""

from __future__ import annotations

import pytest

from service import clock
from service.queueing.client_queues import ClientQueueFull, ClientQueues
from service.request_ids import new_id
from service.store.sql.requests.request_records import Request


async def test_a_limit_that_returns_counts_what_came_without_it() -> None:
    stored: dict[str, str] = {}

    async def load() -> dict[str, str]:
        return dict(stored)

    queues = ClientQueues(load)
    for limit in (2, 0):
        request = Request(new_id(), "text", "p", 7, clock.now(), {}, "ann")
        await queues.admit([request], limit)
        stored[request.id] = request.queue_client
    more = Request(new_id(), "text", "p", 7, clock.now(), {}, "ann")
    with pytest.raises(ClientQueueFull) as refused:
        await queues.admit([more], 2)
    assert (refused.value.limit, refused.value.left, refused.value.clients) == (2, 0, 1)
