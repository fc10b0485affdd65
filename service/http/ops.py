"""Operations: is it alive, is it ready, what does it offer."""

from __future__ import annotations

from aiohttp import web

from service.http.problems import Problem
from service.http.replies import Alive, Readiness, reply
from service.http.services import services


async def healthz(_request: web.Request) -> web.Response:
    """The event loop turns. Nothing else is asked: a restart would not mend anything else."""
    return reply(Alive(alive=True))


async def readyz(request: web.Request) -> web.Response:
    """Whether Redis, the database and every actor were seen alive lately; says which was not."""
    waiting_for = await services(request).not_ready()
    if waiting_for:
        detail = f"Not ready: {', '.join(waiting_for)}."
        raise Problem(
            "not-ready",
            detail,
            headers={"Retry-After": "1"},
            more={"ready": False, "waiting_for": dict(waiting_for)},
        )
    return reply(Readiness(ready=True, waiting_for={}))
