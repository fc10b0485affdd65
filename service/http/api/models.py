"""`GET /models`: the models that requests may name, and what they would wait for."""

from __future__ import annotations

from typing import Literal

import msgspec
from aiohttp import web

from service import clock
from service.config import Model
from service.http.api.responses import json_reply
from service.http.guards.access import caller
from service.http.parameters.parse import EmptyParameters, parse_parameters
from service.http.services import Services, services_of
from service.http.snapshot import Workers
from service.messages import Kind
from service.request_ids import new_id
from service.store.sql.requests.request_records import Request

State = Literal["ready", "busy", "waiting", "paused", "failing", "unavailable"]


class NamedModelResponse(msgspec.Struct):
    """A model: a pool of workers with its own generator and queue.

    `ready`: a worker is free. `busy`: all are at work. `waiting`: a budget is used up, or its
    server asks for a pause. `failing`: it fails again and again. `unavailable`: it cannot work.
    """

    name: str
    kind: Kind
    generator: str
    default: bool
    fallback: list[str]
    state: State
    reason: str | None
    workers: int
    queued: int
    wait_seconds: float | None
    abilities: list[str]


class NamedModelListResponse(msgspec.Struct):
    """All models."""

    models: list[NamedModelResponse]


async def list_named_models(request: web.Request) -> web.StreamResponse:
    """The models that the key of this call may use, and how a new request would fare there."""
    await parse_parameters(request, EmptyParameters)
    services, permitted = services_of(request), caller(request).models
    pools = services.monitor.pools
    return json_reply(
        NamedModelListResponse(
            [
                await _model(request, services, model, pools[name])
                for name, model in services.config().models.items()
                if name in pools and (permitted is None or name in permitted)
            ]
        )
    )


async def _model(
    request: web.Request, services: Services, model: Model, pool: Workers
) -> NamedModelResponse:
    config, (state, reason) = services.config(), _state(pool)
    forecast = None
    if state != "paused":
        new = Request(new_id(), model.kind, "", 0, clock.now(), {}, owner=caller(request).name)
        if model.name != model.kind:
            new = msgspec.structs.replace(new, **{f"{model.kind}_model": model.name})
        forecast = await services.positions.forecast(new)
    return NamedModelResponse(
        model.name,
        model.kind,
        pool.generator,
        config.default(model.kind) == model.name,
        config.fallbacks(model.name),
        state,
        reason,
        pool.size,
        max(0, services.admission[model.name] - pool.busy),
        None if forecast is None else round(forecast.start, 1),
        sorted({"n", *pool.abilities}),  # variants are requests of their own
    )


def _state(pool: Workers) -> tuple[State, str | None]:
    if pool.trouble:
        return "unavailable", pool.trouble
    if pool.paused_by:
        by_operator = pool.paused_by == "operator"
        return "paused", f"Paused by {'an operator' if by_operator else 'workers = 0'}."
    if pool.breaker_open:
        return "failing", "It fails again and again."
    if pool.waits:
        return "waiting", pool.waits.reason
    return ("ready", None) if pool.busy < pool.limit else ("busy", None)
