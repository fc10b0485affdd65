"""Measures open feeds: `python -m benchmarks.open_feeds [--pages N]`.

Pages follow their feeds as Server-Sent Events, one author publishes, and every page notes when it
has the post. The bound writes the same bytes to as many connections and does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast
from urllib.parse import quote, urlsplit

import uvloop

from benchmarks.client import Client
from benchmarks.contenders import SIMULATED, running
from benchmarks.driver import Unchecked
from benchmarks.machine import load
from benchmarks.processes import cpu

AUTHOR = "author"
ROUNDS = 15
WARM_UP = 2  # rounds that are not counted: the first post loads what finds subjects
PAUSE_SECONDS = 0.3
CREATED = 201


class Page(asyncio.Protocol):
    """One open page: it counts its posts, and notes when it has all of a round."""

    def __init__(self, request: bytes, pages: Pages) -> None:
        self._request = request
        self._pages = pages

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if b"retry: " in data:
            self._pages.opened += 1
        self._pages.note(data.count(b"event: post"))


class Pages:
    """All open pages."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.opened = 0
        self.times: list[float] = []

    def note(self, posts: int) -> None:
        self.times += [time.perf_counter()] * posts

    async def open(self, url: str) -> None:
        """Open all of them; returns when the service has begun to answer each."""
        loop, parts = asyncio.get_running_loop(), urlsplit(url)
        for number in range(self.count):
            path = f"/feed/events?user-id={quote(reader(number))}"
            request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
            make = partial(Page, request, self)
            await loop.create_connection(make, parts.hostname or "", parts.port or 0)
        while self.opened < self.count:  # noqa: ASYNC110 - another process answers
            await asyncio.sleep(0.01)

    async def told(self, began: float) -> list[float]:
        """Seconds from `began` until each page has the post."""
        while len(self.times) < self.count:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.005)
        seconds, self.times = [moment - began for moment in self.times], []
        return seconds


def reader(number: int) -> str:
    return f"reader {number:05d}"


async def measure_service(folder: Path, count: int) -> tuple[list[float], float]:
    """Seconds until every page has a post, of all rounds, and seconds of CPU for each page."""
    limits = (f"http.max_connections_per_client={count + 100}", "limits.rate=100000")
    seconds: list[float] = []
    used = 0.0
    async with running("service", folder, *SIMULATED, *limits) as contender:
        client = Client(contender.url)
        for number in range(count):
            await client.post(f"/feed/follow?user-id={quote(reader(number))}&author-id={AUTHOR}")
        pages = Pages(count)
        await pages.open(contender.url)
        for number in range(ROUNDS):
            await asyncio.sleep(PAUSE_SECONDS)
            before, began = cpu(contender.pid), time.perf_counter()
            query = f"user-id={AUTHOR}&title=Post%20{number}&content={'word%20' * 100}"
            status, body = await client.post(f"/feed/posts?{query}")
            if status != CREATED:
                raise Unchecked(f"{status}: {body!r}")
            told = await pages.told(began)
            if number >= WARM_UP:
                seconds += told
                used += cpu(contender.pid) - before
        client.close()
    return seconds, used / len(seconds)


async def measure_bound(count: int) -> list[float]:
    """The same of a server that only writes."""
    mine, its = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve_bound, args=(its,))
    server.start()
    seconds: list[float] = []
    try:
        port = await asyncio.to_thread(mine.recv)
        pages = Pages(count)
        await pages.open(f"http://127.0.0.1:{port}")
        for number in range(ROUNDS):
            await asyncio.sleep(PAUSE_SECONDS)
            began = time.perf_counter()
            mine.send(number)
            told = await pages.told(began)
            seconds += told if number >= WARM_UP else []
    finally:
        mine.send(None)
        server.join()
    return seconds


def serve_bound(parent: Connection) -> None:
    """Write one event to every connection whenever the parent asks for it."""
    uvloop.run(_serve_bound(parent))


async def _serve_bound(parent: Connection) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def accept(asked: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 1000\n\n")
        writers.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, backlog=1024)
    parent.send(server.sockets[0].getsockname()[1])
    data = json.dumps({"title": "A post", "content": "word " * 100, "id": "0" * 45})
    event = f"id: 1000000000000000\nevent: post\ndata: {data}\n\n".encode()
    while await asyncio.to_thread(parent.recv) is not None:
        for writer in writers:
            writer.write(event)


def shown(seconds: list[float]) -> str:
    """p50 and p99 in milliseconds."""
    ordered = sorted(1000 * value for value in seconds)
    p99 = ordered[int(len(ordered) * 0.99)]
    return f"p50 {statistics.median(ordered):.0f} · p99 {p99:.0f} ms"


async def main(count: int, folder: Path) -> None:
    """Measure the service and its bound."""
    seconds, used = await measure_service(folder, count)
    print(f"{count} open pages told of a post: {shown(seconds)}")
    print(f"CPU for each: {1e6 * used:.0f} µs")
    print(f"bound: {shown(await measure_bound(count))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        print(f"load average {load()}")
        uvloop.run(main(arguments.pages, Path(name)))
        print(f"load average {load()}")
