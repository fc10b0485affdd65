"""`GET /status/history`: the last hour of this process, in steps, for plots."""

from __future__ import annotations

import msgspec
from aiohttp import web

from service.history import STEP_SECONDS, Step
from service.http.api.responses import json_reply
from service.http.parameters.parse import EmptyParameters, parse_parameters
from service.http.services import services_of
from service.messages import KINDS, Kind
from service.store.sql.requests.request_records import iso


class KindHistory(msgspec.Struct):
    """The parts of a kind: a value for each step. Means in seconds; null if none began."""

    begun: list[int]
    waiting_seconds: list[float | None]
    service_seconds: list[float | None]
    backlog: list[int]


class StatusHistoryResponse(msgspec.Struct):
    """The last hour of this process, oldest step first: each list has a value for each step.

    It is kept in memory, so it begins with the process.
    """

    step_seconds: int
    ended_at: list[str]
    accepted: list[float]
    finished: list[float]
    failed: list[float]
    kinds: dict[Kind, KindHistory]


async def get_history(request: web.Request) -> web.StreamResponse:
    """The last hour of this process: rates, waiting and service times, backlog."""
    await parse_parameters(request, EmptyParameters)
    steps = services_of(request).monitor.history.steps()
    return json_reply(
        StatusHistoryResponse(
            STEP_SECONDS,
            [iso(step.ended_at) or "" for step in steps],
            [round(step.accepted / step.seconds, 4) for step in steps],
            [round(step.finished / step.seconds, 4) for step in steps],
            [round(step.failed / step.seconds, 4) for step in steps],
            {kind: _kind(kind, steps) for kind in KINDS},
        )
    )


def _kind(kind: Kind, steps: list[Step]) -> KindHistory:
    own = [step.kinds[kind] for step in steps]
    return KindHistory(
        [step.begun for step in own],
        [_rounded(step.waiting) for step in own],
        [_rounded(step.service) for step in own],
        [step.backlog for step in own],
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(0.0, seconds), 4)
