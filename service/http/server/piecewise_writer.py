"""The writer of large answers: in pieces, so that a client that does not read costs one piece."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.http import StreamWriter

from service.http.server.byte_budget import ByteBudget

PIECE_BYTES = 2**16  # written before the client has to read the previous piece


class PiecewiseWriter(StreamWriter):
    """Writes one answer; each piece waits until the previous one was sent.

    The connection cuts off a client that leaves a piece unread. `budget` bounds the bytes held for
    all answers that are being sent.
    """

    def __init__(self, protocol: Any, loop: Any, budget: ByteBudget) -> None:
        super().__init__(protocol, loop)
        self._budget = budget

    async def write(self, chunk: Any, *, drain: bool = True, LIMIT: int = PIECE_BYTES) -> None:  # noqa: N803 - aiohttp's name for it
        if len(chunk) <= PIECE_BYTES:
            return await super().write(chunk, drain=drain, LIMIT=LIMIT)
        return await self._write_pieces(memoryview(chunk).cast("B"))

    async def write_eof(self, chunk: bytes = b"") -> None:
        if len(chunk) > PIECE_BYTES:
            await self._write_pieces(memoryview(chunk))
            chunk = b""
        await super().write_eof(chunk)

    async def _write_pieces(self, chunk: memoryview) -> None:
        protocol: Any = self.protocol
        self._budget.hold(protocol, min(len(chunk), self._budget.max_answer))
        try:
            for start in range(0, len(chunk), PIECE_BYTES):
                await super().write(chunk[start : start + PIECE_BYTES], drain=False)
                await self.drain()
        finally:
            self._budget.hold(protocol, 0)


def is_large(response: web.StreamResponse) -> bool:
    """Whether the body is complete, and larger than one piece."""
    body = response.body if isinstance(response, web.Response) else None
    return isinstance(body, bytes) and len(body) >= PIECE_BYTES


def write_in_pieces(request: web.BaseRequest, budget: ByteBudget) -> None:
    """Use a PiecewiseWriter for the answer to this request.

    It replaces the writer that aiohttp makes for each request; few answers need it.
    """
    loop = asyncio.get_running_loop()
    request._payload_writer = PiecewiseWriter(request.protocol, loop, budget)  # noqa: SLF001 - there is no other way
