"""Data kept with a request for its client: the API that it used, and the service's URL."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from service.generators.protocol import CLIENT
from service.http.server.public_address import PUBLIC
from service.messages import Options
from service.store.sql.requests.request_records import Request


class Kept(msgspec.Struct):
    """Kept as JSON in the option `client`; each API adds its own fields."""

    door: str = ""
    """The API that the request came through; "" for Feedmill's own."""
    root: str = ""
    """The URL of the service as its client knows it, for the addresses in a webhook."""


AnyKept = TypeVar("AnyKept", bound=Kept)


def kept_of(request: Request, shape: type[AnyKept]) -> AnyKept:
    """What was kept with a request; the defaults for one that came through another API."""
    text, other = request.options.get(CLIENT), shape()
    if text is None:
        return other
    door = msgspec.json.decode(str(text), type=Kept).door
    # the first version of OpenAI's API did not name itself, and was the only one
    return msgspec.json.decode(str(text), type=shape) if door in {"", other.door} else other


def keep(options: Options, kept: Kept) -> Options:
    """The options of a request, with what is kept for its client."""
    return {**options, CLIENT: msgspec.json.encode(kept).decode()}


def root_of(request: web.Request) -> str:
    """The URL of the service, for addresses that are read elsewhere."""
    return request.app[PUBLIC].root(request)
