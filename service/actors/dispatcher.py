"""Dispatcher: an accepted request becomes one wish for each of its parts."""

from __future__ import annotations

from collections.abc import Sequence

from service.actors.actor import StreamActor
from service.messages import REQUESTS, WANTED, Accepted, AnyMessage, Message


class Dispatcher(StreamActor):
    """Routes requests to the pools: text and picture of one request are made side by side."""

    name = "dispatcher"
    stream = REQUESTS

    async def handle(self, batch: Sequence[AnyMessage]) -> Sequence[Message]:
        return [
            WANTED[kind](
                request.id,
                request.prompt,
                request.seed,
                request.attempt,
                request.base,
                request.tag == "instagram",
                request.options,
                request.priority,
            )
            for request in batch
            if isinstance(request, Accepted)
            for kind in request.wanted
        ]
