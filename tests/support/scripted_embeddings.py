"""A server of embeddings with scripted answers, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOPICS = ("cat", "boat", "bread")
"""The directions of the vectors: how often each word is in a text."""


def by_topic(text: str) -> list[float]:
    """A vector with what all texts share, and what this one is about."""
    return [3.0, *(float(text.lower().count(topic)) for topic in TOPICS)]


class EmbeddingsServer:
    """Answers with `vector(text)`; `refuses` may answer instead, with a status."""

    def __init__(self) -> None:
        self.base_url = ""
        self.vector: Callable[[str], Sequence[float]] = by_topic
        self.refuses: Callable[[list[str]], int | None] = lambda _: None
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []

    @property
    def texts(self) -> list[str]:
        """All texts that came, in their order."""
        return [text for body in self.bodies for text in body["input"]]

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization"))
        await self.may_answer.wait()
        if (status := self.refuses(body["input"])) is not None:
            return web.json_response({"error": {"message": "no"}}, status=status)
        data = [
            {"object": "embedding", "index": number, "embedding": [*self.vector(text)]}
            for number, text in enumerate(body["input"])
        ]
        answer = {"object": "list", "data": data[::-1], "model": body["model"]}
        return web.json_response(answer)


@asynccontextmanager
async def embeddings_server() -> AsyncIterator[EmbeddingsServer]:
    server = EmbeddingsServer()
    app = web.Application()
    app.router.add_post("/v1/embeddings", server.serve)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
