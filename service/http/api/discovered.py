"""`/models/discovered`: model servers on this machine, and one click that uses one."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from service.config import ConfigError
from service.http.api.responses import json_reply
from service.http.parameters.parse import EmptyParameters, Parameters, parse_parameters, refusal
from service.http.problems import Problem
from service.http.services import Services, services_of
from service.local_models.discovery import ModelServer
from service.messages import Kind

log = structlog.get_logger()

Name = Annotated[str, Meta(min_length=1, max_length=200)]


class UseDiscoveredParameters(Parameters):
    """Which of the servers, and which of its models; the first unless one is named."""

    program: Name
    model: Name | None = None


class DiscoveredServerResponse(msgspec.Struct):
    """A model server that answers at a usual port of this machine."""

    program: str
    kind: Kind
    base_url: str
    models: list[str]
    used_by: list[str]


class DiscoveredServersResponse(msgspec.Struct):
    """All of them."""

    servers: list[DiscoveredServerResponse]


class UsedServerResponse(msgspec.Struct):
    """The model that uses the server from now on."""

    name: str
    kind: Kind
    default: bool


async def list_discovered(request: web.Request) -> web.StreamResponse:
    """Look for model servers at the usual ports of this machine; no prompt is sent to any."""
    await parse_parameters(request, EmptyParameters)
    services = services_of(request)
    found = await services.monitor.discovery.look_again()
    return json_reply(
        DiscoveredServersResponse(
            [
                DiscoveredServerResponse(
                    server.program,
                    server.kind,
                    server.base_url,
                    list(server.models),
                    _used_by(server, services),
                )
                for server in found
            ]
        )
    )


async def use_discovered(request: web.Request) -> web.StreamResponse:
    """Write the lines that use a server into the configuration, as `models discover --use` does.

    Comments and all other keys stay, an explicit setting goes first, and the model is live within a
    second.
    """
    from service.config.discovered import CannotUse, use_server  # noqa: PLC0415 - its editor is slow to load, and seldom needed

    parameters = await parse_parameters(request, UseDiscoveredParameters)
    services = services_of(request)
    if services.config().source is None:
        raise Problem("conflict", "The service runs without a configuration file.")
    found = await services.monitor.discovery.look_again()
    wanted = parameters.program.casefold()
    server = next(
        (server for server in found if wanted in {server.program.casefold(), server.name}), None
    )
    if server is None:
        there = ", ".join(server.program for server in found) or "nothing"
        raise refusal({"program": f"It does not answer on this machine; found: {there}."})
    try:
        used = await asyncio.to_thread(use_server, server, services.reread, model=parameters.model)
    except CannotUse as cannot:
        raise Problem("conflict", str(cannot)) from None
    except (ConfigError, OSError) as error:
        log.warning("configuration not written", reason=str(error))
        sentence = "The configuration file cannot be written: the log has the reason."
        raise Problem("conflict", sentence) from None
    log.info("configuration written", model=used.name, program=server.program)
    return json_reply(UsedServerResponse(used.name, server.kind, used.is_default))


def _used_by(server: ModelServer, services: Services) -> list[str]:
    """The models whose generator has its address."""

    def address(settings: Any) -> str:
        return str(getattr(settings, "base_url", "")).rstrip("/")

    models = services.config().models.items()
    return [name for name, model in models if address(model.settings) == server.base_url]
