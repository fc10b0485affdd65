"""Runs one bound: `python -m benchmarks.bounds full|durable|feed PORT FOLDER [DELAY]`."""

from __future__ import annotations

import asyncio
import signal
import sys
import uuid
from pathlib import Path
from typing import Any, Protocol

import msgspec
import uvloop
from aiohttp import web

from benchmarks.bounds.durable import PARTS, Durable
from benchmarks.bounds.full import Full
from benchmarks.bounds.wire import Wire
from benchmarks.feeds import FEEDS, posts_of
from service.store.redis.server.embedded import embedded_redis


class Store(Protocol):
    """Accepts jobs, and returns the state of one: status, text, image URI, executions."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def accept(self, id_: str, prompt: str, tag: str) -> None: ...

    def view(self, id_: str) -> tuple[str, str | None, str | None, int]: ...


def reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/json"
    )


def content(store: Store) -> list[web.RouteDef]:
    """The endpoints of the queue."""

    async def submit(request: web.Request) -> web.Response:
        prompt, tag = request.query.get("prompt"), request.query.get("tag")
        if not prompt or tag not in PARTS:
            return reply({"error": "bad request"}, 400)
        id_ = uuid.uuid4().hex
        await store.accept(id_, prompt, tag)
        return reply({"message": "accepted", "RequestId": id_}, 202)

    async def view(request: web.Request) -> web.Response:
        status, text, uri, runs = store.view(request.query["request-id"])
        body = {"status": status, "text": text, "imageUri": uri, "error": None, "runs": runs}
        return reply(body)

    return [web.post("/content/", submit), web.post("/content/view/", view)]


async def feeds(url: str) -> list[web.RouteDef]:
    """The endpoint of feeds: one read of a sorted set of ready JSON."""
    redis = await Wire.to(url)
    for user, count in FEEDS.items():
        posts = [part for post in posts_of(user, count) for part in (post.created_us, post.body())]
        await redis.call([("ZADD", f"feed:{user}", *posts)])

    async def feed(request: web.Request) -> web.Response:
        user, after = request.query["user-id"], request.query["timestamp"]
        after = f"({round(float(after) * 1_000_000)}"
        ask = ("ZRANGE", f"feed:{user}", "+inf", after, "BYSCORE", "REV")
        [found] = await redis.call([ask])
        return web.Response(body=b"[" + b",".join(found) + b"]", content_type="application/json")

    return [web.post("/feed/", feed)]


async def ready(_request: web.Request) -> web.Response:
    return reply({"ready": True})


async def main(name: str, port: str, folder: str, delay: str = "0") -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    home = Path(folder)
    async with embedded_redis(home / "redis") as url:  # configured like the service's
        store: Store | None = None
        if name == "feed":
            routes = await feeds(url)
        else:
            store = Full(home, url) if name == "full" else Durable(home, url, float(delay))
            await store.start()
            routes = content(store)
        app = web.Application()
        app.add_routes([*routes, web.get("/readyz", ready)])
        runner = web.AppRunner(app, access_log=None, max_line_size=2**17)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(port)).start()
        await stop.wait()
        await runner.cleanup()
        if store is not None:
            await store.stop()


uvloop.run(main(*sys.argv[1:]))
