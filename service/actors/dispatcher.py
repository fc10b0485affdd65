"""Dispatcher: sends each part of an accepted request to the pool of its kind."""

from __future__ import annotations

from collections.abc import Sequence

from service.actors.actor import StreamActor
from service.messages import REQUESTS, Accepted, AnyMessage, Message


class Dispatcher(StreamActor):
    """Routes parts to the pools; text and picture of one request are generated concurrently."""

    name = "dispatcher"
    stream = REQUESTS

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        return [
            request.wanted(kind)
            for request in batch
            if isinstance(request, Accepted)
            for kind in request.kinds
        ]
