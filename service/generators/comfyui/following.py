"""Follows one prompt to its end, by the messages of a WebSocket and by polling the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from service.generators.comfyui.failures import execution_failure, failure_of
from service.generators.comfyui.server import ComfyServer, HistoryEntry
from service.generators.comfyui.workflow import Node
from service.generators.protocol import GenerationFailed, Stage, report_stage

MAX_MESSAGE_BYTES = 20_000_000
"""Of the WebSocket: it carries previews, too, which are ignored."""
CONNECT_SECONDS = 5.0
ENDED_PAUSE_SECONDS = 0.05
"""Between two polls for a prompt that has ended and is not in the history yet."""
MAX_MISSES = 3
"""Polls in a row that find a prompt neither waiting, running nor in the history: it is lost."""


class _Message(msgspec.Struct):
    type: str
    data: dict[str, Any] = {}


_message = msgspec.json.Decoder(_Message).decode


class Follower:
    """A WebSocket for the messages about one prompt; without one, polling the queue suffices."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        server: ComfyServer,
        client_id: str,
        key: Mapping[str, str],
    ) -> None:
        self._session = session
        self._server = server
        self._url = server.messages_url(client_id)
        self._key = key
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._ended = False

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                self._socket = await self._session.ws_connect(
                    self._url, headers=self._key, max_msg_size=MAX_MESSAGE_BYTES, autoping=True
                )
        except aiohttp.ClientConnectorError:
            raise  # nothing listens there
        except (aiohttp.ClientError, TimeoutError, OSError):
            self._socket = None  # a proxy that lets no WebSocket through
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._drop()

    async def end_of(self, prompt_id: str, nodes: Mapping[str, Node], poll: float) -> HistoryEntry:
        """Wait until a prompt has ended; raises GenerationFailed if it failed or is lost."""
        misses = 0
        while True:
            entry = await self._server.entry(prompt_id)
            if entry is not None:
                if entry.status is not None and (failure := failure_of(entry.status, nodes)):
                    raise failure
                return entry
            if not self._ended:
                queue = await self._server.queue()
                place = queue.before(prompt_id)
                if place is not None:
                    report_stage(Stage(position=place))
                known = place is not None or queue.runs(prompt_id)
                misses = 0 if known else misses + 1
                if misses >= MAX_MISSES:
                    raise GenerationFailed(
                        "The image service has lost this picture: it was restarted.",
                        retryable=True,
                    )
            pause = ENDED_PAUSE_SECONDS if self._ended or misses else poll
            await self._wait(prompt_id, nodes, pause)

    async def _wait(self, prompt_id: str, nodes: Mapping[str, Node], seconds: float) -> None:
        """Return when the prompt has ended, or after some seconds."""
        if self._socket is None or self._ended:
            await asyncio.sleep(seconds)
            return
        try:
            async with asyncio.timeout(seconds):
                while not self._ended and self._socket is not None:
                    await self._receive(self._socket, prompt_id, nodes)
        except TimeoutError:
            return

    async def _receive(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        prompt_id: str,
        nodes: Mapping[str, Node],
    ) -> None:
        received = await socket.receive()
        if received.type in {
            aiohttp.WSMsgType.CLOSE,
            aiohttp.WSMsgType.CLOSING,
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
        }:
            await self._drop()
            return
        if received.type is not aiohttp.WSMsgType.TEXT:
            return
        try:
            message = _message(received.data)
        except msgspec.DecodeError:
            return
        if message.data.get("prompt_id") != prompt_id:
            return
        match message.type:
            case "execution_error":
                raise execution_failure(message.data, nodes)
            case "execution_success" | "execution_interrupted":
                self._ended = True
            case "progress":
                _report_steps(message.data)
            case "executing" if message.data.get("node") is None:
                self._ended = True

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


def _report_steps(data: Mapping[str, Any]) -> None:
    step, steps = data.get("value"), data.get("max")
    if isinstance(step, int) and isinstance(steps, int) and 0 <= step <= steps:
        report_stage(Stage(step=step, steps=steps))
