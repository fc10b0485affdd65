"""The bound for a service that loses nothing: all promises of the pipeline, no features.

202 after a SQLite commit with FULL, relay, dispatcher, two pools, collector; at every hop what
follows is written and the entry acknowledged and deleted in one MULTI, and the next read travels
in the same round trip. No leases, retries, taking over, cancelling, posts or logs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bounds.group_commit import GroupCommit, connect
from benchmarks.bounds.wire import Command, Wire, entries, finish, make_group, read

WORKERS = 16
BATCH = 100  # entries an actor takes at once
LINGER = 0.005  # seconds after a batch of several entries, so that the next one grows

REQUESTS, TEXT, IMAGE, RESULTS = "requests", "text", "image", "results"
PARTS = {"text": 1, "image": 2, "instagram": 3}
PART_OF = {TEXT: 1, IMAGE: 2}

SCHEMA = """
CREATE TABLE requests (id TEXT PRIMARY KEY, prompt TEXT, tag TEXT, wanted INTEGER,
  have INTEGER DEFAULT 0, runs INTEGER DEFAULT 0, status TEXT DEFAULT 'queued', text TEXT,
  image_uri TEXT, created REAL, finished REAL) WITHOUT ROWID
"""
ACCEPT = """
INSERT INTO requests (id, prompt, tag, wanted, created)
SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?)
"""
# the first result of a part wins; a second one only changes the count
SETTLE = """
UPDATE requests SET
  status = CASE WHEN have | v.part = wanted THEN 'completed' ELSE status END,
  text = coalesce(requests.text, v.text), image_uri = coalesce(requests.image_uri, v.uri),
  have = have | v.part, runs = requests.runs + v.runs, finished = v.now
FROM (SELECT value->>0 AS id, value->>1 AS part, value->>2 AS text, value->>3 AS uri,
             value->>4 AS runs, value->>5 AS now FROM json_each(?)) AS v
WHERE requests.id = v.id
"""
VIEW = "SELECT status, text, image_uri, runs, wanted FROM requests WHERE id = ?"


class Durable:
    """SQLite → relay → requests → dispatcher → text, image → pools → results → collector → SQLite.

    `delay` is the duration of a generation in seconds.
    """

    def __init__(self, folder: Path, url: str, delay: float) -> None:
        self._delay = delay
        self._url = url
        self._path = folder / "durable.db"
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: list[tuple[str, str, str]] = []
        self._relaying = False

    async def start(self) -> None:
        database = connect(self._path, "FULL")
        database.execute(SCHEMA)
        self._writer = GroupCommit(database)
        self._reader = connect(self._path, "FULL")
        self._out = await Wire.to(self._url)
        for stream in (REQUESTS, TEXT, IMAGE, RESULTS):
            await self._out.call(make_group(stream))
        self._run(self._dispatch())
        self._run(self._collect())
        for stream in (TEXT, IMAGE):
            self._run(_Pool(stream, self._delay).work(self._url))

    def _run(self, actor: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(actor))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)

    async def accept(self, id_: str, prompt: str, tag: str) -> None:
        await self._writer.write(ACCEPT, ((id_, prompt, tag, PARTS[tag], time.time()),))
        self._waiting.append((id_, prompt, tag))
        if not self._relaying:
            self._relaying = True
            self._run(self._relay())

    def view(self, id_: str) -> tuple[str, str | None, str | None, int]:
        status, text, uri, runs, wanted = self._reader.execute(VIEW, (id_,)).fetchone()
        return status, text, uri, 1 if runs <= wanted.bit_count() else 2

    async def _relay(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._out.call([("XADD", REQUESTS, "*", *_fields(job)) for job in batch])
            if len(batch) > 1:
                await asyncio.sleep(LINGER)
        self._relaying = False
        self._tasks = [task for task in self._tasks if not task.done()]

    async def _dispatch(self) -> None:
        wire = await Wire.to(self._url)
        before: list[Command] = []
        while True:
            replies = await wire.call([*before, read(REQUESTS, "dispatcher", BATCH)])
            batch, before = entries(replies[-1]), []
            if batch:
                jobs = [[value.decode() for value in fields[1::2]] for _, fields in batch]
                before = finish(REQUESTS, [entry for entry, _ in batch], _wanted(jobs))
            if len(batch) > 1:
                await asyncio.sleep(LINGER)

    async def _collect(self) -> None:
        wire = await Wire.to(self._url)
        before: list[Command] = []
        while True:
            replies = await wire.call([*before, read(RESULTS, "collector", BATCH)])
            batch, before = entries(replies[-1]), []
            if batch:
                await self._writer.write(SETTLE, _results(fields for _, fields in batch))
                before = finish(RESULTS, [entry for entry, _ in batch])
            if len(batch) > 1:
                await asyncio.sleep(LINGER)


class _Pool:
    """One reader and one consumer for all workers; all their results leave in one round trip."""

    def __init__(self, stream: str, delay: float) -> None:
        self._stream = stream
        self._delay = delay
        self._todo: asyncio.Queue[tuple[bytes, list[bytes]]] = asyncio.Queue(maxsize=1)
        self._done: list[tuple[bytes, Command]] = []
        self._wake = asyncio.Event()

    async def work(self, url: str) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._read(await Wire.to(url)))
            tasks.create_task(self._hand_in(await Wire.to(url)))
            for _ in range(WORKERS):
                tasks.create_task(self._worker())

    async def _read(self, wire: Wire) -> None:
        while True:
            for entry in entries((await wire.call([read(self._stream, "pool", BATCH)]))[0]):
                await self._todo.put(entry)

    async def _worker(self) -> None:
        while True:
            entry, fields = await self._todo.get()
            if self._delay:
                await asyncio.sleep(self._delay)
            id_, prompt, _ = (value.decode() for value in fields[1::2])
            text = f"generated text for {prompt}" if self._stream == TEXT else ""
            uri = f"/images/{prompt}.png" if self._stream == IMAGE else ""
            result = _fields((id_, PART_OF[self._stream], text, uri))
            self._done.append((entry, ("XADD", RESULTS, "*", *result)))
            self._wake.set()

    async def _hand_in(self, wire: Wire) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._done = self._done, []
            if batch:
                ids, adds = zip(*batch, strict=True)
                await wire.call(finish(self._stream, ids, adds))
            if len(batch) > 1:
                await asyncio.sleep(LINGER)


def _fields(values: Sequence[str | int]) -> list[str | int]:
    return [part for name, value in zip("abcd", values, strict=False) for part in (name, value)]


def _wanted(jobs: Sequence[Sequence[str]]) -> list[Command]:
    return [
        ("XADD", stream, "*", *_fields(job))
        for job in jobs
        for stream, part in PART_OF.items()
        if PARTS[job[2]] & part
    ]


def _results(batch: Any) -> list[tuple[Any, ...]]:
    """One row per request: parts in the same batch are settled together."""
    rows: dict[str, tuple[Any, ...]] = {}
    now = time.time()
    for fields in batch:
        id_, part, text, uri = (value.decode() for value in fields[1::2])
        _, have, old_text, old_uri, runs, _ = rows.get(id_, (id_, 0, None, None, 0, now))
        mine = (old_text or text or None, old_uri or uri or None, runs + 1, now)
        rows[id_] = (id_, have | int(part), *mine)
    return list(rows.values())
