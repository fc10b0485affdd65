"""What the asyncio peers share: an aiohttp front and a store of results in SQLite.

The store is generous to them: synchronous=NORMAL, and plain calls on the event loop, which cost
less than a trip to another thread. A 202 says only that the queue has the job.
"""

import asyncio
import json
import os
import sqlite3
import uuid

import uvloop
from aiohttp import web

REDIS_URL, PORT = os.environ["REDIS_URL"], int(os.environ["PORT"])
CONCURRENCY = 100
SCHEMA = """
CREATE TABLE IF NOT EXISTS results (id TEXT PRIMARY KEY, text TEXT, image_uri TEXT, runs INTEGER)
"""
PUT = "INSERT INTO results VALUES (?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET runs = runs + 1"
TAGS = ("text", "image", "instagram")


class Store:
    """Results by id. `runs` counts executions."""

    def __init__(self):
        self._database = sqlite3.connect(os.environ["DB_PATH"], isolation_level=None, timeout=15)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(SCHEMA)

    def generate(self, id_, prompt, tag):
        """Generate like the simulated generators of the service, and store the result."""
        text = None if tag == "image" else f"generated text for {prompt}"
        uri = None if tag == "text" else f"/images/{prompt}.png"
        self._database.execute(PUT, (id_, text, uri))

    def get(self, id_):
        found = self._database.execute("SELECT * FROM results WHERE id = ?", (id_,)).fetchone()
        return ("queued", None, None, 0) if found is None else ("completed", *found[1:])


def use_uvloop():
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


def serve(enqueue, lifespan):
    """Answer until SIGTERM; `await enqueue(id, prompt, tag)` puts a job on the queue."""
    store = Store()

    async def submit(request):
        prompt, tag = request.query.get("prompt"), request.query.get("tag")
        if not prompt or tag not in TAGS:
            return reply({"error": "bad request"}, 400)
        id_ = uuid.uuid4().hex
        await enqueue(id_, prompt, tag)
        return reply({"message": "accepted", "RequestId": id_}, 202)

    async def view(request):
        names = ("status", "text", "imageUri", "runs")
        return reply(dict(zip(names, store.get(request.query["request-id"]), strict=True)))

    async def ready(_request):
        return reply({"ready": True})

    app = web.Application()
    app.cleanup_ctx.append(lifespan)
    app.add_routes(
        [
            web.post("/content/", submit),
            web.post("/content/view/", view),
            web.get("/readyz", ready),
        ]
    )
    loop = uvloop.new_event_loop()
    web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, loop=loop, print=None)


def reply(body, status=200):
    return web.Response(
        text=json.dumps(body, separators=(",", ":")), status=status, content_type="application/json"
    )
