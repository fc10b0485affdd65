"""The bound for any service with a queue: one process, one stream, not durable at the 202."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from benchmarks.bounds.durable import BATCH
from benchmarks.bounds.group_commit import connect

STREAM, GROUP = "jobs", "g"

SCHEMA = "CREATE TABLE results (id TEXT PRIMARY KEY, text TEXT, image_uri TEXT, runs INTEGER)"
PUT = "INSERT INTO results VALUES (?, ?, ?, 1) ON CONFLICT (id) DO UPDATE SET runs = runs + 1"


class Full:
    """XADDs of one turn of the loop in one pipeline; one consumer; group commits with NORMAL."""

    def __init__(self, folder: Path, url: str) -> None:
        # the annotations of redis-py do not know the type of the reply
        self._redis: Any = Redis.from_url(url)
        self._reading: Any = Redis.from_url(url)
        self._database = connect(folder / "full.db", "NORMAL")
        self._database.execute(SCHEMA)
        self._waiting: list[tuple[dict[str, str], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None]
        self._adding: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._redis.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
        self._task = asyncio.create_task(self._consume())

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def accept(self, id_: str, prompt: str, tag: str) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(({"i": id_, "p": prompt, "t": tag}, done))
        if self._adding is None:
            self._adding = asyncio.create_task(self._add())
        await done

    def view(self, id_: str) -> tuple[str, str | None, str | None, int]:
        found = self._database.execute("SELECT * FROM results WHERE id = ?", (id_,)).fetchone()
        return ("queued", None, None, 0) if found is None else ("completed", *found[1:])

    async def _add(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            pipeline = self._redis.pipeline(transaction=False)
            for fields, _ in batch:
                pipeline.xadd(STREAM, fields)
            await pipeline.execute()
            for _, done in batch:
                done.set_result(None)
        self._adding = None

    async def _consume(self) -> None:
        while True:
            got = await self._reading.xreadgroup(GROUP, "c", {STREAM: ">"}, BATCH, block=1000)
            if not got:
                continue
            entries = got[0][1] if isinstance(got, list) else next(iter(got.values()))[0]
            rows = []
            for _, fields in entries:
                prompt, tag = fields[b"p"].decode(), fields[b"t"]
                text = None if tag == b"image" else f"generated text for {prompt}"
                uri = None if tag == b"text" else f"/images/{prompt}.png"
                rows.append((fields[b"i"].decode(), text, uri))
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(PUT, rows)
            self._database.execute("COMMIT")
            await self._reading.xack(STREAM, GROUP, *[entry for entry, _ in entries])
