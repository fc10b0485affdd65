"""Acceptance: stores new requests durably, if the queue has room, and passes them on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from service.http.problems import Problem
from service.http.services import Services
from service.queueing.admission import MAX_RETRY_AFTER_SECONDS, QueueFull
from service.queueing.client_queues import ClientQueueFull
from service.store.sql.requests.request_acceptance import IdempotencyKey
from service.store.sql.requests.request_records import Place, Request


async def accept(new: Sequence[Request], key: IdempotencyKey | None, services: Services) -> bool:
    """Store requests, all or none of them, and pass them on to the relay.

    `key` is their Idempotency-Key: False, and nothing is stored, if requests with the same key
    were stored in between. Raises Problem if the queue is full.
    """
    places: list[Place] = []
    for request in new:
        size = request.queued_bytes
        places += [(pool, size) for pool in request.pools.values()]
    config, admission = services.config(), services.admission
    if config.queue.refuse_late and (new[0].start_by or new[0].finish_by):
        await _refuse_late(new[0], services)
    clients, most = admission.clients, config.limits.max_queued
    if most or clients.counting:
        await _admit_client(new, most, services)
    try:
        admission.admit(places, config.pool)
    except QueueFull as full:
        clients.remove(request.id for request in new)
        raise _queue_full(full) from None
    stored = released = False

    def pass_on() -> None:
        """Count them and pass them to the relay: Redis works while the answer is written."""
        nonlocal stored
        stored = True
        if released:
            services.admission.readmit(places)
            clients.add({request.id: request.queue_client for request in new})
        for request in new:
            services.monitor.metrics.accepted[request.tag] += 1
            services.relay.accepted(request.accepted())

    try:
        if len(new) > 1:
            return await services.stores.requests.accept_together(new, key, pass_on)
        return await services.stores.requests.accept(new[0], key, pass_on)
    finally:
        if not stored:
            released = True
            services.admission.release(places)
            clients.remove(request.id for request in new)


def client_headers(request: Request, services: Services) -> Mapping[str, str]:
    """Headers after draft-ietf-httpapi-ratelimit-headers: what its client has left."""
    limits = services.config().limits
    if not (limits.max_queued or limits.max_running):
        return {}
    client, left = request.queue_client, {}
    if limits.max_queued:
        unfinished = services.admission.clients[client]
        left["client-queue"] = limits.max_queued, max(0, limits.max_queued - unfinished)
    if limits.max_running:
        pools = [services.monitor.pools.get(pool) for pool in request.pools.values()]
        running = max(pool.running_of(client) if pool else 0 for pool in pools)
        left["client-running"] = limits.max_running, max(0, limits.max_running - running)
    return {
        "RateLimit-Policy": ", ".join(f'"{name}";q={most}' for name, (most, _) in left.items()),
        "RateLimit": ", ".join(f'"{name}";r={room}' for name, (_, room) in left.items()),
    }


async def _refuse_late(request: Request, services: Services) -> None:
    """Raises Problem if a request would miss its deadline, as fast as the queue moves now."""
    forecast = await services.positions.forecast(request)
    if forecast is None:
        return
    pools = [services.monitor.pools.get(pool) for pool in request.pools.values()]
    waits = [pool.waits if pool else None for pool in pools]
    held = [0.0 if wait is None else wait.seconds for wait in waits]
    for name, verb, deadline, estimate in (
        ("start-by", "start", request.start_by, max(forecast.start, min(held))),
        ("finish-by", "end", request.finish_by, max(forecast.end, *held)),
    ):
        allowed = None if deadline is None else deadline - request.created_at
        if allowed is not None and estimate > allowed:
            retry_after = min(MAX_RETRY_AFTER_SECONDS, max(1, math.ceil(estimate - allowed)))
            raise Problem(
                "too-late",
                f"It would {verb} in about {math.ceil(estimate)} seconds, and its {name} allows "
                f"{allowed:g}.",
                headers={"Retry-After": str(retry_after)},
                more={"eta_seconds": round(forecast.end, 1)},
            )


async def _admit_client(new: Sequence[Request], most: int, services: Services) -> None:
    admission = services.admission
    try:
        await admission.clients.admit(new, most)
    except ClientQueueFull as full:
        retry_after = admission.retry_after_one(new[0].pools.values(), full.clients)
        headers = {
            "Retry-After": str(retry_after),
            "RateLimit-Policy": f'"client-queue";q={full.limit}',
            "RateLimit": f'"client-queue";r={full.left};t={retry_after}',
        }
        raise Problem("queue-full", str(full), headers=headers) from None


def _queue_full(full: QueueFull) -> Problem:
    """The 429, with headers after draft-ietf-httpapi-ratelimit-headers that name the bound."""
    name, unit = ("queue-bytes", ';qu="content-bytes"') if full.by_size else ("queue", "")
    headers = {
        "Retry-After": str(full.retry_after),
        "RateLimit-Policy": f'"{name}";q={full.limit}{unit}',
        "RateLimit": f'"{name}";r={full.left};t={full.retry_after}',
    }
    return Problem("queue-full", str(full), headers=headers)
