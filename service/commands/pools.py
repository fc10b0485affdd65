"""`run.py pause` and `run.py resume`: pauses a pool of a running service, or resumes it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from feedmill.client import AsyncFeedmill, FeedmillError
from service.commands.server import add_server, client_of, sentence_of
from service.config import Config

WHATS = {
    "pause": "let a pool of a running service begin nothing more: what runs ends, what waits stays",
    "resume": "end the pause of a pool",
}
NEEDS = "If the service requires keys, it needs one with the scope admin."


def add(commands: Any) -> None:
    """Describe `pause` and `resume`."""
    for verb, what in WHATS.items():
        description = f"{what[0].upper()}{what[1:]}. {NEEDS}"
        parser = commands.add_parser(verb, help=what, description=description)
        parser.add_argument("pool", metavar="NAME", help="the pool: text, image or a named model")
        add_server(parser)
        parser.set_defaults(do=change, verb=verb)


def change(arguments: argparse.Namespace, config: Config) -> int:
    """The exit code: 0 if the pool is as it should be."""
    name, pauses = arguments.pool, arguments.verb == "pause"
    try:
        pool = asyncio.run(_change(client_of(arguments, config), name, pauses=pauses))
    except FeedmillError as refusal:
        print(sentence_of(refusal, "admin"), file=sys.stderr)
        return 1
    if not pool["paused"]:
        print(f"{name} is resumed: {pool['queued']} waiting.")
    elif pauses:
        print(f"{name} is paused: {pool['busy']} running to their end, {pool['queued']} waiting.")
    else:
        print(f"{name} stays paused: [{name}] workers = 0 in its configuration.", file=sys.stderr)
        return 1
    return 0


async def _change(server: AsyncFeedmill, name: str, *, pauses: bool) -> Mapping[str, Any]:
    async with server:
        return await (server.pause_pool(name) if pauses else server.resume_pool(name))
