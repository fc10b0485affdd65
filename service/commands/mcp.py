"""`run.py mcp`: tools for agents over the Model Context Protocol, on standard input and output."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import signal
import sys
from typing import Any

from feedmill.client import RequestRejected
from service.commands.server import add_server, client_of
from service.config import Config

WHAT = "serve tools for agents (MCP) on standard input and output"
WITHOUT_SDK = (
    "The SDK of the Model Context Protocol is not installed:"
    ' `pip install "mcp>=2.3,<3"` (the extra `mcp` of this package).'
)


def add(commands: Any) -> None:
    """Describe `mcp`."""
    parser = commands.add_parser(
        "mcp",
        help=WHAT,
        description="Serve tools for agents over the Model Context Protocol, on standard input and"
        " output: make a post, look at a request, cancel, list, read a feed. They talk to a running"
        " service. The extra `mcp` is needed.",
    )
    add_server(parser)
    parser.set_defaults(do=mcp)


def mcp(arguments: argparse.Namespace, config: Config) -> int:
    """The exit code: 0 when standard input ends, 2 without the SDK."""
    if importlib.util.find_spec("mcp") is None:
        print(WITHOUT_SDK, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)  # a thread waits for standard input
    from service.commands.mcp_server.tools import serve

    try:
        client = client_of(arguments, config)
    except RequestRejected as refusal:
        print(refusal, file=sys.stderr)
        return 1
    asyncio.run(serve(client))
    return 0
