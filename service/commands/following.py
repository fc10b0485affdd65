"""Following a request to its end, across broken connections and restarts of the service."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service.commands.client import (
    RequestRejected,
    RetryDeadline,
    ServiceClient,
    ServiceUnavailable,
)

ENDS = frozenset({"completed", "failed", "cancelled", "expired"})
GIVE_UP_SECONDS = 60.0  # that a service may be away; a restart takes a few

Answer = TypeVar("Answer")


@dataclass
class State:
    """The state of a request: `making` are its running parts, `waits` the reason for a pause."""

    position: int | None = None
    eta: float | None = None
    text: str = ""
    making: set[str] = field(default_factory=set)
    ready: set[str] = field(default_factory=set)
    waits: str = ""

    def apply(self, name: str, data: Mapping[str, Any]) -> None:
        """Apply the next event; unknown ones are ignored."""
        match name:
            case "snapshot":
                self.text, self.making, self.ready = data["text"] or "", set(), set()
                for kind, part in data["parts"].items():
                    states = {"generating": self.making, "completed": self.ready}
                    states.get(part["status"], set()).add(kind)
            case "queued":
                self.position, self.eta = data.get("position"), data.get("eta_seconds")
                self.making.discard(data.get("part", ""))
            case "started":
                self.making.add(data["part"])
                if data["part"] == "text":
                    self.text = ""  # it begins again
            case "text.delta":
                self.text += data["text"]
            case "image.ready":
                self.making.discard("image")
                self.ready.add("image")


async def follow(server: ServiceClient, id_: str, state: State) -> dict[str, Any]:
    """The data of the last event; `state` is updated on the way. Raises RequestRejected."""
    deadline = RetryDeadline(GIVE_UP_SECONDS)
    last: str | None = None
    while True:
        away = ServiceUnavailable(f"{server} closed the connection.")
        try:
            async with aclosing(server.events(f"content/{id_}/events", last)) as events:
                async for event in events:
                    deadline.renew()
                    last, state.waits = event.id, ""
                    data = json.loads(event.data)
                    if event.name in ENDS:
                        return dict(data)
                    state.apply(event.name, data)
        except ServiceUnavailable as failure:
            away = failure
        state.waits = str(away)
        await _pause(deadline, away)


async def insist(do: Callable[[], Awaitable[Answer]]) -> Answer:
    """The result of `do`, retried until the service is available. Raises RequestRejected."""
    deadline = RetryDeadline(GIVE_UP_SECONDS)
    while True:
        try:
            return await do()
        except ServiceUnavailable as away:
            await _pause(deadline, away)


async def _pause(deadline: RetryDeadline, away: ServiceUnavailable) -> None:
    seconds = deadline.pause()
    if seconds is None:
        raise RequestRejected(f"{away} It was tried for {deadline.seconds:g} s.") from away
    await asyncio.sleep(seconds)
