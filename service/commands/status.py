"""`run.py status`: the pools and streams of a running service, as tables."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping
from typing import Any

from service.commands.client import RequestRejected, ServiceClient, ServiceUnavailable, add_server
from service.config import Config

WHAT = "show the pools and streams of a running service"
NEEDS = "If the service requires keys, it needs one with the scope admin."
REFRESH_SECONDS = 2.0  # between two requests


def add(commands: Any) -> None:
    """Describe `status`."""
    parser = commands.add_parser("status", help=WHAT, description=f"{WHAT.capitalize()}. {NEEDS}")
    parser.add_argument("--watch", action="store_true", help="repeat until Ctrl-C")
    add_server(parser)
    parser.set_defaults(do=status)


def status(arguments: argparse.Namespace, config: Config) -> int:
    """The exit code: 0 if the service answered, and after Ctrl-C."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        server = ServiceClient.of(arguments, config, "admin")
        asyncio.run(_watch(server) if arguments.watch else _show(server))
    except (RequestRejected, ServiceUnavailable) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if arguments.watch else 128 + signal.SIGINT
    return 0


async def _show(server: ServiceClient) -> None:
    from service.commands import tables

    async with server:
        tables.console().print(tables.overview(await _fetch(server)))


async def _watch(server: ServiceClient) -> None:
    """Show the status every REFRESH_SECONDS, also while the service is unavailable."""
    from service.commands import tables

    async with server:
        last = await _fetch(server)
        with tables.screen(tables.console()) as show:
            show(tables.overview(last))
            while True:
                await asyncio.sleep(REFRESH_SECONDS)
                away = ""
                try:
                    last = await _fetch(server)
                except ServiceUnavailable as failure:
                    away = str(failure)
                show(tables.overview(last, away))


async def _fetch(server: ServiceClient) -> Mapping[str, Any]:
    answer = await server.ask("GET", "status")
    if not isinstance(answer, dict) or "pools" not in answer:
        raise RequestRejected(f"{server} does not answer like Feedmill.")
    return answer
