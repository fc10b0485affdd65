"""The endpoints of pools: their workers, what waits for them, and pauses."""

from __future__ import annotations

from service.http.api.pools import pool_queue, pools
from service.http.endpoint import Endpoint
from service.http.parameters.parse import EmptyParameters

POOL_ENDPOINTS = [
    Endpoint(
        "GET",
        "/pools/{pool}/queue",
        pool_queue.get_queue,
        "What waits for a pool, the next parts first",
        pool_queue.PoolQueueFilter,
        {200: pool_queue.PoolQueueResponse},
        ("not-found", "unavailable"),
    ),
    Endpoint(
        "GET",
        "/pools",
        pools.list_pools,
        "The pools of workers",
        EmptyParameters,
        {200: pools.PoolListResponse},
    ),
    Endpoint(
        "GET",
        "/pools/{pool}",
        pools.get_pool,
        "A pool of workers",
        EmptyParameters,
        {200: pools.PoolResponse},
        ("not-found",),
    ),
    Endpoint(
        "POST",
        "/pools/{pool}/pause",
        pools.pause_pool,
        "Pause a pool",
        EmptyParameters,
        {200: pools.PoolResponse},
        ("not-found", "unavailable"),
    ),
    Endpoint(
        "POST",
        "/pools/{pool}/resume",
        pools.resume_pool,
        "End the pause of a pool",
        EmptyParameters,
        {200: pools.PoolResponse},
        ("not-found", "unavailable"),
    ),
]
