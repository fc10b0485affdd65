"""`/pools`: lists, pauses and resumes the pools of workers."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from service.http.api.responses import json_reply
from service.http.parameters.parse import EmptyParameters, parse_parameters
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.messages import Kind, PausedBy
from service.store.sql.requests.request_records import iso

SEEN_SECONDS = 0.5  # until every process on the database has seen a pause, or its end


class PoolResponse(msgspec.Struct):
    """A pool: the workers of one model in this process. While it is `paused`, it begins nothing."""

    name: str
    kind: Kind
    generator: str
    paused: bool
    paused_by: PausedBy | None
    paused_at: str | None
    workers: int
    busy: int
    queued: int
    trouble: str | None


class PoolListResponse(msgspec.Struct):
    """All pools."""

    pools: list[PoolResponse]


async def list_pools(request: web.Request) -> web.StreamResponse:
    """All pools of workers, and whether they are paused."""
    await parse_parameters(request, EmptyParameters)
    services = services_of(request)
    return json_reply(PoolListResponse([_pool(name, services) for name in services.monitor.pools]))


async def get_pool(request: web.Request) -> web.StreamResponse:
    """One pool of workers, and whether it is paused."""
    await parse_parameters(request, EmptyParameters)
    return json_reply(_pool(named_pool(request), services_of(request)))


async def pause_pool(request: web.Request) -> web.StreamResponse:
    """Pause a pool in every process, also over restarts: what runs ends, what waits stays."""
    await parse_parameters(request, EmptyParameters)
    services, name = services_of(request), named_pool(request)
    await services.stores.pool_pauses.pause(name)
    return await _changed(name, services)


async def resume_pool(request: web.Request) -> web.StreamResponse:
    """End the pause of a pool. It stays paused while the configuration gives it no workers."""
    await parse_parameters(request, EmptyParameters)
    services, name = services_of(request), named_pool(request)
    await services.stores.pool_pauses.resume(name)
    return await _changed(name, services)


def named_pool(request: web.Request) -> str:
    """The pool in the address. Raises Problem if there is none of this name."""
    name, pools = request.match_info["pool"], [*services_of(request).monitor.pools]
    if name in pools:
        return name
    there = f"{', '.join(pools[:-1])} and {pools[-1]}"
    raise Problem("not-found", f"There is no pool of this name: they are {there}.")


async def _changed(name: str, services: Services) -> web.StreamResponse:
    await services.monitor.pools[name].check_pause()
    if not services.stores.alone:
        await asyncio.sleep(SEEN_SECONDS)
    return json_reply(_pool(name, services))


def _pool(name: str, services: Services) -> PoolResponse:
    pool = services.monitor.pools[name]
    return PoolResponse(
        name=name,
        kind=pool.kind,
        generator=pool.generator,
        paused=pool.paused_by is not None,
        paused_by=pool.paused_by,
        paused_at=iso(pool.paused_at),
        workers=pool.size,
        busy=pool.busy,
        queued=max(0, services.admission[name] - pool.busy),
        trouble=pool.trouble,
    )
