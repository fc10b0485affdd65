"""`GET /pools/{pool}/queue`: what waits for the workers of a pool, the next parts first."""

from __future__ import annotations

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from service.http.api.pools.pools import named_pool
from service.http.api.responses import json_reply
from service.http.parameters.parse import Parameters, parse_parameters
from service.http.services import services_of
from service.messages import PRIORITIES, Priority, Tag
from service.store.sql.requests.request_records import iso


class PoolQueueFilter(Parameters):
    """How many of the next parts."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class QueuedPartResponse(msgspec.Struct):
    """A part that waits: `client` is its client, as in `GET /status`.

    A long `prompt` is shortened. After a failed attempt it waits until `retry_at`.
    """

    id: str
    tag: Tag
    prompt: str
    priority: Priority
    client: str
    position: int
    created_at: str
    attempts: int
    retry_at: str | None


class PoolQueueResponse(msgspec.Struct):
    """What waits for a pool: how much of each priority, and the next parts."""

    pool: str
    waiting: dict[Priority, int]
    next: list[QueuedPartResponse]


async def get_queue(request: web.Request) -> web.StreamResponse:
    """What waits for the workers of a pool; the order may change as other requests come."""
    parameters = await parse_parameters(request, PoolQueueFilter)
    pool, services = named_pool(request), services_of(request)
    kind = services.monitor.pools[pool].kind
    listing = services.stores.queue_listing
    lengths = await listing.lengths(kind, pool)
    candidates = await listing.candidates(kind, pool, parameters.limit)
    first = await services.positions.first(kind, pool, candidates, parameters.limit)
    details = await listing.details(kind, [candidate.id for candidate, _ in first])
    queued = [
        QueuedPartResponse(
            part.id,
            part.tag,
            part.prompt,
            PRIORITIES[candidate.rank],
            candidate.client,
            position,
            iso(part.created_at) or "",
            part.attempts,
            iso(part.retry_at),
        )
        for candidate, position in first
        if (part := details.get(candidate.id))
    ]
    waiting = {priority: lengths.get(rank, 0) for rank, priority in enumerate(PRIORITIES)}
    return json_reply(PoolQueueResponse(pool, waiting, queued))
