"""Liveness, readiness and metrics."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from aiohttp import web

from service import clock
from service.http.api.responses import LivenessResponse, ReadinessResponse, json_reply
from service.http.negotiation import header
from service.http.problems import Problem
from service.http.services import services_of
from service.http.snapshot import Workers
from service.messages import KINDS
from service.store.sql.requests.request_records import iso

WRONG_SECONDS = 1.0  # that the clock of a machine may differ from the database's unsaid


async def get_liveness(_request: web.Request) -> web.StreamResponse:
    """The event loop runs. Nothing else is checked: a restart would not fix anything else."""
    return json_reply(LivenessResponse(alive=True))


async def get_readiness(request: web.Request) -> web.StreamResponse:
    """Whether Redis, the database, every actor and the default models work; says which do not.

    A paused pool is named, and does not count as missing: the service accepts what it will do. Nor
    does a model that is no default, or whose requests go on with another one.
    """
    services = services_of(request)
    waiting_for = await services.not_ready()
    pools = services.monitor.pools.items()
    paused = {name: why for name, pool in pools if (why := _why_paused(name, pool))}
    others = ((name, pool) for name, pool in pools if f"{name}-workers" not in waiting_for)
    unavailable = {name: pool.trouble for name, pool in others if pool.trouble}
    more: dict[str, Any] = {"paused": paused, "unavailable": unavailable}
    if abs(ahead := clock.ahead()) > WRONG_SECONDS:
        more["clock"] = f"The clock of this machine is {ahead:+.1f} s off that of the database."
    shown = {what: of for what, of in more.items() if of}
    if waiting_for:
        detail = f"Not ready: {', '.join(waiting_for)}."
        raise Problem(
            "not-ready",
            detail,
            headers={"Retry-After": "1"},
            more={"ready": False, "waiting_for": dict(waiting_for), **shown},
        )
    return json_reply(ReadinessResponse(True, {}, **shown))


def _why_paused(name: str, pool: Workers) -> str:
    match pool.paused_by:
        case "configuration" if pool.size:
            return ""  # without a generator, which is named elsewhere
        case "configuration":
            return f"Paused: [{name if name in KINDS else f'models.{name}'}] workers is 0."
        case "operator":
            return f"Paused by an operator since {iso(pool.paused_at)}."
        case None:
            return ""


async def get_metrics(request: web.Request) -> web.StreamResponse:
    """Metrics for Prometheus."""
    services = services_of(request)
    # imported here, in a thread: it takes 50 ms, which would otherwise delay the start
    exposition = await asyncio.to_thread(importlib.import_module, f"{__package__}.prometheus")
    page = exposition.MetricsPage(
        services.monitor, services.admission, await services.monitor.take_snapshot()
    )
    accept = header(request, "Accept")
    body, content_type = await asyncio.to_thread(page.written, accept)  # some 5 ms
    return web.Response(body=body, headers={"Content-Type": content_type, "Vary": "Accept"})
