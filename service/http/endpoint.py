"""The description of an endpoint: address, handler, parameters and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp.typedefs import Handler

from service.config import Config
from service.http.parameters.parse import Parameters


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row of the route table; the API document is made from the same row.

    `gives` maps a status to its body: a struct, a list of one, a media type, or a tuple of several
    of these.
    `problems` are the slugs of the errors besides those that every endpoint may give.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    takes: type[Parameters] | None = None
    gives: Mapping[int, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """The request headers that this endpoint uses."""
    is_public: Callable[[Config], bool] | None = None
    """Whether callers need no key, though the place of the endpoint has a scope; None for never."""
