"""Dispatcher: sends each part of an accepted request to the pool of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from service.actors.actor import StreamActor
from service.messages import REQUESTS, Accepted, AnyMessage, Message
from service.store.redis.connection import Command
from service.store.redis.fair import fair_queue
from service.store.redis.streams import Read


class Dispatcher(StreamActor):
    """Routes parts to the pools; text and picture of one request are generated concurrently."""

    name = "dispatcher"
    stream = REQUESTS
    scripts = fair_queue.LOAD

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        return [
            request.wanted(kind)
            for request in batch
            if isinstance(request, Accepted)
            for kind in request.kinds
        ]

    def finish(self, done: Sequence[Read], follow: Sequence[Message]) -> Sequence[Command]:
        return [fair_queue.dispatch(done, follow)]
