"""`run.py status`: the pools and streams of a running service, as tables."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import Any

from feedmill.client import AsyncFeedmill, FeedmillError, ServiceUnavailable
from service.commands.server import add_server, client_of, sentence_of
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
        server = client_of(arguments, config)
        asyncio.run(_watch(server) if arguments.watch else _show(server))
    except FeedmillError as refusal:
        print(sentence_of(refusal, "admin"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if arguments.watch else 128 + signal.SIGINT
    return 0


async def _show(server: AsyncFeedmill) -> None:
    from service.commands.terminal import tables

    async with server:
        tables.console().print(tables.overview(await server.service_status()))


async def _watch(server: AsyncFeedmill) -> None:
    """Show the status every REFRESH_SECONDS, also while the service is unavailable."""
    from service.commands.terminal import tables

    async with server:
        last = await server.service_status()
        with tables.screen(tables.console()) as show:
            show(tables.overview(last))
            while True:
                await asyncio.sleep(REFRESH_SECONDS)
                away = ""
                try:
                    last = await server.service_status()
                except ServiceUnavailable as failure:
                    away = str(failure)
                show(tables.overview(last, away))
