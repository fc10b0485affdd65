"""A chat endpoint with scripted answers, on real sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Endpoint:
    """Gives its answers in turn and repeats the last one; records the requests."""

    def __init__(self, url: str, answers: list[Answer]) -> None:
        self.url = url
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._answers = answers

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return await answer(request)


@asynccontextmanager
async def endpoint(*answers: Answer) -> AsyncIterator[Endpoint]:
    app = web.Application()
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    scripted = Endpoint("", list(answers))
    app.router.add_post("/v1/chat/completions", scripted.serve)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield scripted
    finally:
        await runner.cleanup()


def event(text: object = None, **others: Any) -> bytes:
    """One event of a stream, as in OpenAI's reference."""
    choice = {"index": 0, "delta": {} if text is None else {"content": text}}
    chunk = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "scripted-1",
        "choices": [choice | {"finish_reason": others.pop("finish_reason", None)}],
    }
    return f"data: {json.dumps(chunk | others)}\n\n".encode()


USAGE = event(choices=[], usage={"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13})
DONE = b"data: [DONE]\n\n"
HELLO = [event(""), event("Hello "), event("world."), event(finish_reason="stop"), USAGE, DONE]


def stream(*chunks: bytes, kind: str = "text/event-stream") -> Answer:
    """An answer in these pieces, exactly as cut."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        return response

    return answer


def endless(chunk: bytes) -> Answer:
    """A stream that repeats itself until the client hangs up."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(chunk)

    return answer


def whole(body: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer in one piece."""

    async def answer(request: web.Request) -> web.StreamResponse:
        del request
        return web.json_response(body, status=status, headers=headers)

    return answer


def refusal(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    """An error in OpenAI's shape."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return whole({"error": error}, status, **headers)
