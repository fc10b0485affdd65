"""Measures OpenAI's calls beside Feedmill's own: `python -m benchmarks.calls [--calls N]`.

A chat call does what a submission and a wait do together; an open chat stream is an open stream of
events in another form. The generator is the simulated one, which takes an instant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast
from urllib.parse import quote

import uvloop

from benchmarks.client import Answer, Client
from benchmarks.contenders import SIMULATED, Contender, running
from benchmarks.driver import Unchecked
from benchmarks.machine import load
from benchmarks.processes import cpu, resident

CONCURRENCY = 16
ROUNDS = 5
OPEN_SECONDS = 40.0  # with two heartbeats of each stream
PROMPT = "A rainy morning in Lisbon"
CHAT = {"model": "text", "messages": [{"role": "user", "content": PROMPT}]}
SUBMISSION = f"/content?tag=text&prompt={quote(PROMPT)}"

VERSION = "HTTP/1.1\r\nHost: 127.0.0.1\r\n"

Call = Callable[[Client], Awaitable[object]]


def checked(answer: Answer) -> bytes:
    """The body of a successful answer."""
    status, body = answer
    if status not in {200, 202}:
        raise Unchecked(f"{status}: {body!r}")
    return body


async def chat(client: Client) -> None:
    """A chat call."""
    body = checked(await client.post("/v1/chat/completions", json.dumps(CHAT).encode()))
    if PROMPT not in json.loads(body)["choices"][0]["message"]["content"]:
        raise Unchecked(f"{body!r}")


async def submit_and_wait(client: Client) -> None:
    """The same in two calls."""
    id_ = json.loads(checked(await client.post(SUBMISSION)))["RequestId"]
    body = checked(await client.get(f"/content/{id_}?wait=20"))
    if PROMPT not in json.loads(body)["text"]:
        raise Unchecked(f"{body!r}")


async def measure_calls(contender: Contender, call: Call, count: int) -> tuple[float, float]:
    """Seconds, and seconds of CPU, of each of `count` calls, some at a time."""
    client, left = Client(contender.url), iter(range(count))

    async def work() -> None:
        for _ in left:
            await call(client)

    used, began = cpu(contender.pid), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    client.close()
    return (time.perf_counter() - began) / count, (cpu(contender.pid) - used) / count


async def compare_calls(folder: Path, count: int) -> None:
    """Print what a chat call costs beside a submission and a wait."""
    figures: dict[str, list[tuple[float, float]]] = {"chat": [], "submit and wait": []}
    async with running("service", folder, *SIMULATED) as contender:
        for number in range(ROUNDS + 1):
            for name, call in (("chat", chat), ("submit and wait", submit_and_wait)):
                figure = await measure_calls(contender, call, count)
                if number:  # the first round warms up
                    figures[name].append(figure)
    medians = {
        name: [statistics.median(each[place] for each in rounds) for place in (0, 1)]
        for name, rounds in figures.items()
    }
    for name, (seconds, used) in medians.items():
        print(f"{name}: {1e3 * seconds:.2f} ms, CPU {1e3 * used:.2f} ms")
    ratios = [medians["chat"][place] / medians["submit and wait"][place] for place in (0, 1)]
    print(f"chat / submit and wait: {ratios[0]:.2f}, CPU {ratios[1]:.2f}")


class OpenStream(asyncio.Protocol):
    """One open stream: it notes how its answer begins."""

    def __init__(self, request: bytes, begun: dict[OpenStream, bytes]) -> None:
        self._request = request
        self._begun = begun

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        self._begun.setdefault(self, data)


async def measure_streams(
    contender: Contender, requests: list[bytes]
) -> tuple[float, float, float]:
    """Of each open stream: CPU to open it, CPU in a minute, KiB of memory."""
    begun: dict[OpenStream, bytes] = {}
    loop, count = asyncio.get_running_loop(), len(requests)
    host, _, port = contender.url.removeprefix("http://").partition(":")
    used, memory = cpu(contender.pid), resident(contender.pid)
    for request in requests:
        await loop.create_connection(
            lambda request=request: OpenStream(request, begun),  # type: ignore[misc] # a default
            host,
            int(port),
        )
    while len(begun) < count:  # noqa: ASYNC110 - another process answers
        await asyncio.sleep(0.01)
    for answer in begun.values():
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Unchecked(f"{answer[:200]!r}")
    opened = cpu(contender.pid)
    await asyncio.sleep(OPEN_SECONDS)
    minute = (cpu(contender.pid) - opened) * 60 / OPEN_SECONDS
    memory = (resident(contender.pid) - memory) * 1024
    return (opened - used) / count, minute / count, memory / count


async def compare_streams(folder: Path, count: int) -> None:
    """Print what an open chat stream costs beside one of events, while its request waits."""
    settings = (
        *(*SIMULATED, "text.simulated.delay=3000", "text.timeout=3600", "service.drain=0"),
        *(f"http.max_connections_per_client={2 * count}", f"http.max_connections={4 * count}"),
    )
    body = json.dumps({**CHAT, "stream": True}).encode()
    head = f"POST /v1/chat/completions {VERSION}Content-Type: application/json\r\n"
    chats = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body] * count
    for name in ("events", "chat streams"):
        async with running("service", folder / name, *settings) as contender:
            requests = chats
            if name == "events":
                client = Client(contender.url)
                ids = [
                    json.loads(checked(await client.post(SUBMISSION)))["RequestId"]
                    for _ in range(count)
                ]
                client.close()
                requests = [f"GET /content/{id_}/events {VERSION}\r\n".encode() for id_ in ids]
            opened, minute, memory = await measure_streams(contender, requests)
        print(
            f"{count} {name}, each: opened for {1e3 * opened:.2f} ms of CPU, {1e3 * minute:.2f} ms"
            f" a minute, {memory:.0f} KiB"
        )


async def main(calls: int, streams: int, folder: Path) -> None:
    """Measure both."""
    await compare_calls(folder, calls)
    await compare_streams(folder, streams)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=2000, help="of each kind in a round")
    parser.add_argument("--streams", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedmill-bench-") as name:
        print(f"load average {load()}")
        uvloop.run(main(arguments.calls, arguments.streams, Path(name)))
        print(f"load average {load()}")
